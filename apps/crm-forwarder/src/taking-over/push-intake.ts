import { orgQueuePurpose, webhookQueue } from '@groundswell/contracts';
import { decodeRef } from '@groundswell/crypto';
import { done, park, TransientError, type BatchItem, type Envelope, type Outcome } from '@groundswell/messaging';
import { keptTraceHeaders } from '@groundswell/observability';
import { storableJson, type Catalogue, type CatalogueOrg, type Database } from '@groundswell/persistence';
import type { PushSender } from '../pushing/push-sender';
import { PushRepository, type NewPush } from '../pushing/push.repository';
import { acceptedAtOf, actionIdOf, contactRefOf, pushKindOf, type PushedMessage } from './pushed-message';

type Decision = { kind: 'push'; push: NewPush } | { kind: 'unknown org' } | { kind: 'other'; outcome: Outcome };

/** Turns messages into rows of forwarder.pushes, from which they are sent; whichever queue they came from, they are taken
 *  over alike. Whether the org still has a service to push to is not asked here: its rows wait. */
export class PushIntake {
  private readonly pushes = new PushRepository();

  constructor(
    private readonly database: Pick<Database, 'run'>,
    private readonly catalogue: Pick<Catalogue, 'version' | 'refresh' | 'orgs' | 'orgByName'>,
    private readonly sender: Pick<PushSender, 'wake'>,
  ) {}

  /** A message has one row, however often it comes. */
  async take(items: readonly BatchItem<PushedMessage>[]): Promise<Outcome[]> {
    if (this.catalogue.version === 0) throw new TransientError('the catalogue is not loaded yet');
    let decisions = this.decideAll(items);
    if (decisions.some(({ kind }) => kind === 'unknown org')) {
      // Whoever published it may know an org that this service has not heard of yet.
      await this.catalogue.refresh();
      decisions = this.decideAll(items);
    }
    const pushes = decisions.flatMap((decision) => (decision.kind === 'push' ? [decision.push] : []));
    if (pushes.length > 0) {
      await this.database.run((manager) => this.pushes.takeOver(manager, pushes));
      this.sender.wake();
    }
    return decisions.map(outcomeOf);
  }

  private decideAll(items: readonly BatchItem<PushedMessage>[]): Decision[] {
    return items.map((item) => this.decide(item));
  }

  private decide({ message: { content, text }, envelope }: BatchItem<PushedMessage>): Decision {
    const kind = pushKindOf(content);
    if (!kind) return { kind: 'other', outcome: park('unknown schema') };
    const org = this.orgOf(envelope);
    if (!org) return { kind: 'unknown org' };
    const ref = contactRefOf(content);
    const push: NewPush = {
      orgId: org.id,
      messageId: envelope.messageId,
      kind,
      body: text,
      headers: { ...ownHeaders(envelope.headers), ...keptTraceHeaders(envelope.trace) },
      actionId: actionIdOf(content),
      subjectRef: ref === null ? null : (decodeRef(ref) ?? Buffer.from(ref)),
      subjectAt: acceptedAtOf(content),
    };
    return { kind: 'push', push };
  }

  /** By its header. What an operator put into an org's queue by hand may have none: then the queue's name says whose it is. */
  private orgOf({ queue, orgId, headers }: Envelope): CatalogueOrg | undefined {
    if (orgId !== undefined) return this.catalogue.orgs.get(orgId);
    if ('org_id' in headers || orgQueuePurpose(queue) !== 'webhook') return undefined;
    const org = this.catalogue.orgByName(queue.slice(0, queue.indexOf('.')));
    return org && webhookQueue(org.name) === queue ? org : undefined;
  }
}

function outcomeOf(decision: Decision): Outcome {
  switch (decision.kind) {
    case 'push':
      return done();
    case 'unknown org':
      return park('unknown org');
    case 'other':
      return decision.outcome;
  }
}

/** As they were published, without what the broker adds on the way, in a form that jsonb takes. */
const ownHeaders = (headers: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(
    storableJson(Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-')))),
  ) as Record<string, unknown>;
