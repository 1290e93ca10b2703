import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { noTracing, parseTraceparent, type Logger, type Tracing } from '@groundswell/observability';
import { isDatabaseFault, type Database } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { OpenAccount } from '../accounts/mail-accounts';
import type { ClaimedDelivery, DeliveryEnd, LastLook } from '../deliveries/delivery';
import { DeliveryRepository } from '../deliveries/delivery.repository';
import type { EventStorage, MailEvent } from '../events/mail-event';
import type { OutgoingMail, SendResult } from '../providers/mail-provider';
import { targetIdsOf, type TargetMails } from '../targets/target-mails';
import { composeBatch } from './batch-composer';
import { bounceEvents } from './bounce-events';
import type { Composed, Composer } from './compose';
import { endOf, laterEnd, type RetryDelay } from './delivery-end';
import type { MailMetrics } from './mail-metrics';
import { endMailSpan, mailSpans } from './mail-spans';
import { reasonForLog } from './reason-for-log';

interface Ready {
  delivery: ClaimedDelivery;
  mail: OutgoingMail;
}

/** Part of the lease in which the mails of a call are composed. */
const composingShare = 3;
/** What the mails of one call hold at most, but for the last of them. */
const maxCallBytes = 25 * 1024 * 1024;
/** After a fault of ours before the call. */
const putBackMs = 2_000;
/** How long the result of a call is tried to be written; after that the claim ends by itself, as unknown. */
const writeRetryMs = [100, 500, 1_000, 2_000, 5_000, 5_000, 10_000, 10_000, 15_000, 15_000, 30_000];

/** What there is to write once its call is over. */
interface Ended {
  deliveries: readonly ClaimedDelivery[];
  ends: DeliveryEnd[];
  bounces: MailEvent[];
}

const nothingEnded: Ended = { deliveries: [], ends: [], bounces: [] };

/** Calls to a provider with the mails of one claim: rendered, looked at once more, sent, and the end written. */
export class MailCall {
  constructor(
    private readonly database: Database,
    private readonly composer: Composer,
    private readonly retryDelay: RetryDelay,
    private readonly metrics: MailMetrics,
    private readonly logger: Logger,
    private readonly leaseMs: number,
    private readonly events: EventStorage,
    private readonly targets: TargetMails,
    private readonly tracing: Tracing = noTracing,
  ) {}

  /**
   * One call after another with what `token` claimed for `account`; the end of one is written together with the last look of
   * the next. Where `mayCall` says no the others are left for later. Throws where nothing can be called.
   */
  async run(
    token: string,
    account: OpenAccount,
    deliveries: readonly ClaimedDelivery[],
    mayCall: () => boolean,
  ): Promise<void> {
    const { batchSize } = account.provider;
    let ended = nothingEnded;
    for (let at = 0; at < deliveries.length; at += batchSize) {
      if (!mayCall()) {
        await this.finish(token, account, ended);
        return this.release(token, deliveries.slice(at));
      }
      const batch = deliveries.slice(at, at + batchSize);
      try {
        ended = await this.callOnce(token, account, batch, ended);
      } catch (error) {
        await this.release(token, deliveries.slice(at + batchSize)).catch(() => undefined);
        throw error;
      }
    }
    await this.finish(token, account, ended);
  }

  /** Returns how this call ended, which is not written yet; how the one before ended is, once this returns or throws. */
  private async callOnce(
    token: string,
    account: OpenAccount,
    batch: readonly ClaimedDelivery[],
    before: Ended,
  ): Promise<Ended> {
    const ends: DeliveryEnd[] = [];
    const ready = await this.begin(token, account, { batch, ends }, before);
    const spans = ready.length > 0 ? mailSpans(this.tracing, account, ready) : [];
    const results = ready.length > 0 ? await this.send(account, ready) : [];
    ready.forEach(({ delivery }, at) => {
      const result = results[at] ?? { outcome: 'unknown', error: 'the provider gave no result for this mail' };
      ends.push(endOf(delivery, result, this.retryDelay));
      endMailSpan(spans[at], result);
    });
    this.judge(account, results);
    const mails = ready.map(({ mail }) => mail);
    return { deliveries: batch, ends, bounces: bounceEvents(account, mails, results, new Date()) };
  }

  private async begin(
    token: string,
    account: OpenAccount,
    { batch, ends }: { batch: readonly ClaimedDelivery[]; ends: DeliveryEnd[] },
    before: Ended,
  ): Promise<Ready[]> {
    let unwritten = before;
    const finishBefore = async (): Promise<void> => {
      const ended = unwritten;
      unwritten = nothingEnded;
      await this.finish(token, account, ended);
    };
    try {
      const composing = this.compose(account, batch, ends);
      // Until it is waited for below, nobody else would take its failure.
      composing.catch(() => undefined);
      // What is certain is not kept waiting for a template that must be fetched, nor the next mail for its bounces.
      if (before.bounces.length > 0 || !(await isDoneSoon(composing))) await finishBefore();
      const composed = await composing;
      const looks = await this.endAndBegin(token, unwritten, composed);
      this.tell(account, unwritten);
      return this.allowed(composed, looks, ends);
    } catch (error) {
      // Nothing was called, whether or not the rows say so by now.
      await this.release(token, batch, putBackMs).catch(() => undefined);
      await finishBefore();
      throw error;
    }
  }

  private async endAndBegin(token: string, before: Ended, next: readonly Ready[]): Promise<LastLook[]> {
    const ids = next.map(({ delivery }) => delivery.id);
    const ended = targetIdsOf(before.deliveries);
    const toStop = targetIdsOf(next.map(({ delivery }) => delivery));
    const write = (manager: EntityManager) =>
      new DeliveryRepository(manager).endAndBegin(token, before.ends, ids, this.leaseMs);
    if (ended.length + toStop.length === 0) return this.database.run(write);
    return this.database.transaction(async (manager) => {
      if (toStop.length > 0) await this.targets.stop(manager, token, toStop);
      const looks = await write(manager);
      if (ended.length > 0) await this.targets.tell(manager, ended);
      return looks;
    });
  }

  /** Mails that are not called now are due again. Where even that cannot be written, the claim ends by itself. */
  async release(token: string, deliveries: readonly ClaimedDelivery[], delayMs = 0): Promise<void> {
    const ends = deliveries.map(({ id, attempts }) => ({
      id,
      state: 'queued' as const,
      attempts,
      error: null,
      delayMs,
    }));
    if (ends.length > 0) await this.database.run((manager) => new DeliveryRepository(manager).end(token, ends));
  }

  private async compose(
    account: OpenAccount,
    deliveries: readonly ClaimedDelivery[],
    ends: DeliveryEnd[],
  ): Promise<Ready[]> {
    const ready: Ready[] = [];
    const limits = { deadlineMs: this.leaseMs / composingShare, maxBytes: maxCallBytes };
    const compose = (delivery: ClaimedDelivery) => this.composeOne(account, delivery);
    for (const { delivery, composed } of await composeBatch(deliveries, compose, limits)) {
      const { id, attempts } = delivery;
      if (composed === null) ends.push({ id, state: 'queued', attempts, error: null, delayMs: 0 });
      else if (composed.kind === 'mail') ready.push({ delivery, mail: composed.mail });
      else if (composed.kind === 'later' && composed.isForEmailBackend) {
        ends.push({ id, state: 'queued', attempts, error: composed.reason, delayMs: 0, route: 'ordinary' });
      } else if (composed.kind === 'later') ends.push(laterEnd(delivery, composed.reason, this.retryDelay));
      else ends.push({ id, state: 'failed', attempts: attempts + 1, error: composed.reason });
    }
    return ready;
  }

  /** What one mail's template or variables do must not stop the others. */
  private async composeOne(account: OpenAccount, delivery: ClaimedDelivery): Promise<Composed> {
    try {
      return await this.composer.compose(delivery, account);
    } catch (error) {
      if (isDatabaseFault(error)) throw error;
      this.logger.error({ error, purpose: delivery.purpose }, 'a mail cannot be rendered');
      return { kind: 'later', reason: 'the mail cannot be rendered' };
    }
  }

  /** What the last look lets through. */
  private allowed(composed: readonly Ready[], looks: readonly LastLook[], ends: DeliveryEnd[]): Ready[] {
    const byId = new Map(looks.map((look) => [look.id, look]));
    return composed.filter(({ delivery: { id, attempts } }) => {
      const look = byId.get(id);
      if (look?.isErased) ends.push({ id, state: 'failed', attempts, error: 'erased' });
      else if (look?.isTooLate) ends.push({ id, state: 'failed', attempts, error: 'too late' });
      else if (look?.isSuppressed) ends.push({ id, state: 'failed', attempts, error: 'suppressed' });
      return look !== undefined && !look.isErased && !look.isTooLate && !look.isSuppressed;
    });
  }

  private async send({ provider }: OpenAccount, ready: readonly Ready[]): Promise<SendResult[]> {
    try {
      return await provider.send(ready.map(({ mail }) => mail));
    } catch (error) {
      // A provider never throws; should one, nobody knows how far it came.
      this.logger.error({ error, provider: provider.kind }, 'a provider threw');
      return ready.map(() => ({ outcome: 'unknown', error: 'the call ended in an error of ours' }));
    }
  }

  private judge({ circuit }: OpenAccount, results: readonly SendResult[]): void {
    if (results.length === 0) return;
    if (results.some(({ outcome }) => outcome === 'sent' || outcome === 'refused')) return circuit.succeeded();
    const worst = results.find((result) => result.outcome === 'retry' && result.account) ?? results[0];
    if (!worst || (worst.outcome !== 'retry' && worst.outcome !== 'unknown')) return;
    const retry = worst.outcome === 'retry' ? worst : null;
    circuit.failed(worst.error, { isRefused: retry?.account === true, retryAfterMs: retry?.retryAfterMs ?? 0 });
  }

  /**
   * A result that cannot be written is never made into another one: the claim ends by itself, as unknown. What the call said of
   * addresses comes after it, since an event of a mail that has no end means that it was sent. Twice is safe.
   */
  private async finish(token: string, account: OpenAccount, ended: Ended): Promise<void> {
    if (ended.ends.length === 0) return;
    for (const waitMs of [...writeRetryMs, null]) {
      try {
        await this.endAndBegin(token, ended, []);
        if (ended.bounces.length > 0) await this.events.store(ended.bounces);
        break;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.warn({ reason, mails: ended.ends.length, retryInMs: waitMs }, 'the end of a call is not written');
        if (waitMs === null) break;
        await sleep(waitMs);
      }
    }
    this.tell(account, ended);
  }

  private tell({ stored, provider }: OpenAccount, { deliveries, ends }: Ended): void {
    const byId = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
    for (const end of ends) {
      const delivery = byId.get(end.id);
      if (!delivery) continue;
      this.metrics.ended(provider.kind, delivery, end);
      const { purpose, kind, orgId } = delivery;
      const traceId = parseTraceparent(delivery.trace)?.traceId;
      const fields = { purpose, kind, orgId, traceId, serviceId: stored.id, attempts: end.attempts, state: end.state };
      if (end.state === 'sent') this.logger.info(fields, 'mail sent');
      else this.logger.warn({ ...fields, reason: reasonForLog(end.error) }, 'mail not sent');
    }
  }
}

/** Whether it settles before the next turn of the event loop is over. */
async function isDoneSoon(work: Promise<unknown>): Promise<boolean> {
  let isDone = false;
  const note = (): void => void (isDone = true);
  work.then(note, note);
  await nextTurn();
  return isDone;
}
