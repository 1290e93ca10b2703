import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { exchanges, ingestKey, ingestMessageV1, ingestQueue, partitionCount } from '@groundswell/contracts';
import type { ContactSubmissionV1 } from '@groundswell/contracts';
import { encodeRef, partitionOfRef, uuidV7 } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { newEmail, signMutation } from '../campaign-world';
import type { ApiClient } from '../api-client';
import { queueDepths } from './settlement';

/** Bytes of bodies on their way at once while a backlog is published. */
const unconfirmedBytes = 8 * 1024 * 1024;

/** A donation's payload of about that many bytes of JSON: the largest thing a signature may carry. */
export const payloadShapes = {
  /** As Stripe's: few keys, long texts. */
  texts: (bytes: number): object => ({
    id: 'pi_test',
    metadata: Array.from({ length: 8 }, (_, part) => `${part}${'x'.repeat(bytes / 8 - 8)}`),
  }),
  /** As a hostile client's: in memory many times what it is as text. */
  objects: (bytes: number): object => ({ id: 'pi_test', metadata: Array.from({ length: bytes / 3 }, () => ({})) }),
} as const;
export type PayloadShape = keyof typeof payloadShapes;

export const ingestQueues = Array.from({ length: partitionCount }, (_, partition) => ingestQueue(partition));

/** Signs once while nobody reads the partitions, and takes what the gateway froze out of its queue. */
export async function frozenSubmission(
  amqpUrl: string,
  client: ApiClient,
  page: { id: number },
  payload: object,
): Promise<ContactSubmissionV1> {
  await client.data(signMutation, {
    actionPage: page.id,
    action: { actionType: 'donate', donation: { amount: 500, currency: 'EUR', payload: JSON.stringify(payload) } },
    contact: { firstName: 'Backlog', email: newEmail(), address: { country: 'PL', postcode: '02-123' } },
    privacy: { optIn: true, leadOptIn: true },
  });
  const queue = await waitFor(async () => (await queueDepths(amqpUrl, ingestQueues)).find(({ n }) => n > 0));
  const model = await connect(amqpUrl);
  try {
    const channel = await model.createChannel();
    const message = await channel.get(queue.name, { noAck: true });
    if (!message) throw new Error('the submission has gone from its queue');
    const submission = ingestMessageV1.parse(JSON.parse(message.content.toString()));
    if (submission.kind !== 'contact') throw new Error(`a ${submission.kind} was not expected`);
    return submission;
  } finally {
    await model.close();
  }
}

/** As many copies, each by another person under its own id, evenly over all partitions. Returns the bytes of all bodies. */
export async function publishBacklog(
  amqpUrl: string,
  frozen: ContactSubmissionV1,
  { count, run }: { count: number; run: string },
): Promise<number> {
  const model = await connect(amqpUrl);
  try {
    const channel = await model.createConfirmChannel();
    let bytes = 0;
    let sinceConfirm = 0;
    for (let index = 0; index < count; index += 1) {
      const partition = index % partitionCount;
      const copy = copyOf(frozen, `${run}-${index}`, partition);
      const body = Buffer.from(JSON.stringify(copy));
      channel.publish(exchanges.ingest, ingestKey(partition), body, {
        persistent: true,
        contentType: 'application/json',
        messageId: copy.id,
        type: copy.schema,
      });
      bytes += body.length;
      sinceConfirm += body.length;
      if (sinceConfirm < unconfirmedBytes) continue;
      await channel.waitForConfirms();
      sinceConfirm = 0;
    }
    await channel.waitForConfirms();
    return bytes;
  } finally {
    await model.close();
  }
}

const copyOf = (frozen: ContactSubmissionV1, token: string, partition: number): ContactSubmissionV1 => ({
  ...frozen,
  id: uuidV7(),
  ref: refIn(partition),
  supporter: { ...frozen.supporter, email: `${token}@example.org` },
  action: { ...frozen.action, fields: { token } },
});

/** The fourth byte decides: partitions are the first four bytes, modulo 16. */
function refIn(partition: number): string {
  const bytes = randomBytes(32);
  bytes[3] = ((bytes[3] ?? 0) & 0xf0) | partition;
  if (partitionOfRef(bytes, partitionCount) !== partition) throw new Error('partitions are found in another way now');
  return encodeRef(bytes);
}
