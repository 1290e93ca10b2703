import { createHash, randomBytes } from 'node:crypto';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import {
  catalogueChangedKey,
  exchanges,
  factKeys,
  ingestKey,
  ingestQueue,
  partitionCount,
  topologyChangedKey,
  type ContactSubmissionV1,
} from '@groundswell/contracts';
import { encodeRef, uuidV7 } from '@groundswell/crypto';
import { below, hostileJson, hostileValue, mutated, oneOf, randomBytesOf, type Random } from './fuzz-values';
import type { CrashPage } from './crash-client';

/** One message that went into a partition, and where it may be found afterwards. */
export interface SentMessage {
  /** Under which a parked row has it. */
  messageId: string;
  /** Of its body, when it names one. */
  bodyId: string | null;
}

/** A valid signature as the gateway freezes it. */
function aSubmission(page: CrashPage): ContactSubmissionV1 {
  return {
    schema: 'groundswell:submission:1',
    id: uuidV7(),
    acceptedAt: new Date().toISOString(),
    pageId: page.id,
    campaignId: page.campaignId,
    orgId: page.orgId,
    ref: encodeRef(randomBytes(32)),
    kind: 'contact',
    carriedRef: null,
    supporter: { firstName: 'Fuzz', lastName: null, email: 'fuzz@example.net', address: null, area: 'PL' },
    clearAtDeliver: [],
    contacts: [
      {
        orgId: page.orgId,
        payload: JSON.stringify({ firstName: 'Fuzz', email: 'fuzz@example.net' }),
        nonce: null,
        encryptKeyId: null,
        signKeyId: null,
        communicationConsent: true,
        deliveryConsent: true,
      },
    ],
    source: null,
    action: {
      actionType: 'register',
      fields: { note: 'fuzz' },
      testing: false,
      donation: { schema: null, amount: 100, currency: 'EUR', frequencyUnit: 0, payload: { a: [1] } },
      mtt: null,
    },
  };
}

const aCommand = (random: Random): object => ({
  schema: 'groundswell:command:1',
  id: uuidV7(),
  at: new Date().toISOString(),
  ...oneOf(random, [
    { kind: 'supporter_decision', actionId: below(random, 1_000), ref: 'AAAA', decision: 'accept', doubleOptIn: true },
    { kind: 'action_decision', actionId: below(random, 1_000), ref: 'AAAA', decision: 'reject' },
    { kind: 'link_actions', supporterId: below(random, 1_000), ref: 'AAAA', actionIds: [1, 2, 3] },
  ]),
});

/** Publishes as somebody with the broker's password would: anything, anywhere. */
export class HostilePublisher {
  readonly sent: SentMessage[] = [];
  events = 0;

  private constructor(
    private readonly model: ChannelModel,
    private readonly channel: ConfirmChannel,
    private readonly random: Random,
    private readonly pages: readonly CrashPage[],
  ) {}

  static async connect(amqpUrl: string, random: Random, pages: readonly CrashPage[]): Promise<HostilePublisher> {
    const model = await connect(amqpUrl);
    return new HostilePublisher(model, await model.createConfirmChannel(), random, pages);
  }

  async close(): Promise<void> {
    await this.model.close();
  }

  async publishSome(): Promise<void> {
    for (let index = 0; index < 4; index += 1) this.toPartition();
    this.toEvents();
    await this.channel.waitForConfirms();
  }

  private toPartition(): void {
    const { random } = this;
    const { body, bodyId } = this.body();
    const messageId =
      random() < 0.2
        ? undefined
        : oneOf(random, [
            randomBytes(8).toString('hex'),
            `\u0000${randomBytes(8).toString('hex')}`,
            `"'${randomBytes(8).toString('hex')}`,
          ]);
    const partition = below(random, partitionCount);
    const [exchange, key] =
      random() < 0.3 ? ['', ingestQueue(partition)] : [exchanges.ingest as string, ingestKey(partition)];
    this.channel.publish(exchange, key, body, {
      persistent: true,
      messageId,
      headers: this.headers(),
      ...(random() < 0.2 && { timestamp: oneOf(random, [0, 1, 2 ** 52]) }),
      ...(random() < 0.2 && { type: 'x'.repeat(255), correlationId: 'c', replyTo: 'nobody' }),
    });
    const asParked = messageId ?? `body:${createHash('sha256').update(body).digest('hex')}`;
    this.sent.push({ messageId: asParked.replaceAll('\u0000', '\ufffd'), bodyId });
  }

  private toEvents(): void {
    const { random } = this;
    const key = oneOf(random, [
      factKeys.actions,
      factKeys.counters,
      catalogueChangedKey,
      topologyChangedKey,
      'system.fact.x',
    ]);
    const body =
      random() < 0.5
        ? randomBytesOf(random, below(random, 200))
        : Buffer.from(
            hostileJson(random, {
              schema: hostileValue(random),
              table: hostileValue(random),
              id: hostileValue(random),
              version: hostileValue(random),
            }),
          );
    this.channel.publish(exchanges.event, key, body, { headers: this.headers() });
    this.events += 1;
  }

  private body(): { body: Buffer; bodyId: string | null } {
    const { random } = this;
    if (random() < 0.15) return { body: randomBytesOf(random, below(random, 400)), bodyId: null };
    if (random() < 0.15) return { body: Buffer.from(JSON.stringify(hostileValue(random)) ?? ''), bodyId: null };
    const valid = random() < 0.7 ? aSubmission(oneOf(random, this.pages)) : aCommand(random);
    const value = random() < 0.15 ? valid : mutated(random, valid);
    const { id } = value as { id?: unknown };
    return { body: Buffer.from(hostileJson(random, value)), bodyId: typeof id === 'string' ? id.toLowerCase() : null };
  }

  private headers(): Record<string, unknown> {
    return oneOf(this.random, [
      {},
      { org_id: 'x', action_id: { deep: [1, { a: 'b' }] } },
      { org_id: 2 ** 52, traceparent: 'x'.repeat(2_000) },
      { big: 'h'.repeat(60_000) },
      { 'x-death': [{ count: -1 }], attempt: 1e9, '\u0000': '\u0000', __proto__: null },
      { nothing: null, bytes: Buffer.from([0, 255]), yes: true },
    ]);
  }
}
