import type { Logger } from '@groundswell/observability';
import { isDatabaseFault, type Database } from '@groundswell/persistence';
import type { OpenAccount } from '../accounts/mail-accounts';
import type { ClaimedDelivery, DeliveryEnd, LastLook } from '../deliveries/delivery';
import { DeliveryRepository } from '../deliveries/delivery.repository';
import type { OutgoingMail, SendResult } from '../providers/mail-provider';
import type { Composed, Composer } from '../sending/compose';
import type { MailMetrics } from '../sending/mail-metrics';
import type { AccountTurns } from './account-turns';
import { BatchRepository } from './batch.repository';
import { CallResults } from './call-results';
import type { ClaimedBatch, TurnEnd } from './mailing';
import type { MailingComposer } from './mailing-composer';
import type { NamedRetries } from './named-retries';

interface Ready {
  delivery: ClaimedDelivery;
  mail: OutgoingMail;
}

/** Recipients reserved with one statement. */
const pageSize = 50;

export interface Turn {
  batch: ClaimedBatch;
  token: string;
  account: OpenAccount;
  isStopped: () => boolean;
}

/**
 * One turn of a batch: its recipients in order, as many per call as the provider takes. `sending` is committed before each
 * call and the end after it, so a process that dies leaves the recipients of that one call unknown, and no others.
 */
export class BatchRun {
  constructor(
    private readonly database: Database,
    private readonly composer: MailingComposer,
    private readonly turns: AccountTurns,
    private readonly retries: NamedRetries,
    private readonly metrics: MailMetrics,
    private readonly logger: Logger,
    private readonly leaseMs: number,
  ) {}

  /** Null when the batch is no longer this claim's. */
  async run(turn: Turn): Promise<TurnEnd | null> {
    const { batch, token } = turn;
    const results = new CallResults(batch.isStarted);
    const composer = this.composer.forBatch(batch);
    for (let after = 0; ;) {
      const reserved = { token, leaseMs: this.leaseMs, after, limit: pageSize };
      const page = await this.retries.run('before a call', () =>
        this.database.transaction((manager) => new BatchRepository(manager).page(batch.id, reserved)),
      );
      if (!page) return null;
      const last = page.rows.at(-1);
      if (!last || !(await this.sendPage(turn, composer, page.rows, results))) return results.turnEnd();
      after = last.id;
    }
  }

  /** False when the turn is over. */
  private async sendPage(
    turn: Turn,
    composer: Composer,
    rows: readonly ClaimedDelivery[],
    results: CallResults,
  ): Promise<boolean> {
    for (let at = 0; at < rows.length;) {
      const account = turn.isStopped() ? null : await this.turns.current(turn.account);
      if (!account) return false;
      const deliveries = rows.slice(at, at + account.provider.batchSize);
      const isHeld = await this.turns.take(account, turn.isStopped, () =>
        this.call({ ...turn, account }, composer, deliveries, results),
      );
      if (!isHeld || results.isOver) return false;
      at += deliveries.length;
    }
    return true;
  }

  /** False when the batch is another's by now, or its mailing was stopped: then nobody was called. */
  private async call(
    { batch, token, account }: Turn,
    composer: Composer,
    deliveries: readonly ClaimedDelivery[],
    results: CallResults,
  ): Promise<boolean> {
    const ends: DeliveryEnd[] = [];
    const refused: { delivery: ClaimedDelivery; result: SendResult }[] = [];
    const composed: Ready[] = [];
    for (const delivery of deliveries) {
      const mail = await this.compose(composer, delivery, account);
      if (mail.kind === 'mail') composed.push({ delivery, mail: mail.mail });
      else if (mail.kind === 'later') ends.push(results.later(delivery, mail.reason));
      else refused.push({ delivery, result: { outcome: 'refused', error: mail.reason } });
    }
    const ready = await this.begin(batch.id, token, composed, ends);
    if (!ready) return false;
    const answers = ready.length > 0 ? await this.send(account, ready) : [];
    tellCircuit(account, answers);
    const calls = ready.map(({ delivery }, at) => ({ delivery, result: answers[at] ?? noResult }));
    ends.push(...results.endsOf([...calls, ...refused]));
    await this.write(token, ends);
    this.count(account, deliveries, ends);
    return true;
  }

  /** Recipients who get their mail now; null when the batch is no longer to be sent by this claim. */
  private async begin(
    batchId: number,
    token: string,
    composed: readonly Ready[],
    ends: DeliveryEnd[],
  ): Promise<Ready[] | null> {
    const ids = composed.map(({ delivery }) => delivery.id);
    try {
      const looks = await this.database.transaction(async (manager) => {
        const held = await new BatchRepository(manager).hold(batchId, token, this.leaseMs, ids);
        if (!held || held.isStopped) return null;
        const { unmailable } = held;
        const mailable = ids.filter((id) => !unmailable.has(id));
        return { unmailable, rows: await new DeliveryRepository(manager).begin(token, mailable, this.leaseMs) };
      });
      return looks && composed.filter(({ delivery }) => isToBeSent(delivery, looks, ends));
    } catch (error) {
      // Nothing was called, whether or not the rows say so by now.
      await this.write(
        token,
        composed.map(({ delivery: { id, attempts } }) => ({ id, state: 'queued', attempts, error: null, delayMs: 0 })),
      );
      throw error;
    }
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

  /** What cannot be written is never made into another result: it becomes unknown when the claim ends. */
  private async write(token: string, ends: readonly DeliveryEnd[]): Promise<void> {
    if (ends.length === 0) return;
    try {
      await this.retries.run('after a call', () =>
        this.database.run((manager) => new DeliveryRepository(manager).end(token, ends)),
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ reason, mails: ends.length }, 'the end of a call is not written');
    }
  }

  private count({ provider }: OpenAccount, deliveries: readonly ClaimedDelivery[], ends: readonly DeliveryEnd[]): void {
    const byId = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
    for (const end of ends) {
      const delivery = byId.get(end.id);
      if (delivery) this.metrics.ended(provider.kind, delivery, end);
    }
  }

  /** What one recipient's variables do must not stop the others. */
  private async compose(composer: Composer, delivery: ClaimedDelivery, account: OpenAccount): Promise<Composed> {
    try {
      return await this.retries.run('before a call', () => composer.compose(delivery, account));
    } catch (error) {
      if (isDatabaseFault(error)) throw error;
      this.logger.error({ error, purpose: delivery.purpose }, 'a mail cannot be rendered');
      return { kind: 'refused', reason: 'the mail cannot be rendered' };
    }
  }
}

interface LastLooks {
  /** Why not, of those whom the org may not mail any more. */
  unmailable: ReadonlyMap<number, string>;
  rows: readonly LastLook[];
}

function isToBeSent({ id, attempts }: ClaimedDelivery, looks: LastLooks, ends: DeliveryEnd[]): boolean {
  const look = looks.rows.find((one) => one.id === id);
  const reason = looks.unmailable.get(id) ?? (look ? reasonNotToSend(look) : null);
  if (reason !== null) ends.push({ id, state: 'failed', attempts, error: reason });
  return look !== undefined && reason === null;
}

function reasonNotToSend({ isErased, isTooLate, isSuppressed }: LastLook): string | null {
  if (isErased) return 'erased';
  if (isTooLate) return 'too late';
  return isSuppressed ? 'suppressed' : null;
}

function tellCircuit({ circuit }: OpenAccount, results: readonly SendResult[]): void {
  const [first] = results;
  if (!first) return;
  if (results.some(({ outcome }) => outcome === 'sent' || outcome === 'refused')) return circuit.succeeded();
  const worst = results.find((result) => result.outcome === 'retry' && result.account) ?? first;
  if (worst.outcome === 'unknown') return circuit.failed(worst.error);
  if (worst.outcome !== 'retry') return;
  circuit.failed(worst.error, { isRefused: worst.account === true, retryAfterMs: worst.retryAfterMs ?? 0 });
}

const noResult: SendResult = { outcome: 'unknown', error: 'the provider gave no result for this mail' };
