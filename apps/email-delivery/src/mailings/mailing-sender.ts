import { randomUUID } from 'node:crypto';
import type { Logger } from '@groundswell/observability';
import type { Catalogue, Database } from '@groundswell/persistence';
import { TurnLoop } from '@groundswell/service';
import type { MailAccounts, OpenAccount } from '../accounts/mail-accounts';
import { CallSlots } from '../sending/call-slots';
import { planSending } from '../sending/sending-plan';
import type { BatchRun } from './batch-run';
import { BatchRepository } from './batch.repository';
import type { BatchRetries, ClaimedBatch, TurnEnd } from './mailing';
import { endMailing } from './mailing-end';
import type { MailingPreparation } from './mailing-preparation';
import { MailingRepository } from './mailing.repository';
import type { NamedRetries } from './named-retries';
import type { StaleMailings } from './stale-mailings';

export interface MailingSenderSettings {
  replicaId: string;
  /** Batches sent at once, in this process. */
  batchesAtOnce: number;
  leaseMs: number;
  pollMs: number;
  batchRetries: BatchRetries;
}

/** Sends mailings batch by batch, beside the sender of single mails and always after it. A batch is sent by one claim at a
 *  time; an account that rests, or is slow, holds up no mailing of another account as long as there are free batches. */
export class MailingSender {
  private readonly slots: CallSlots;
  private readonly loop: TurnLoop;
  private turns = 0;

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly accounts: MailAccounts,
    private readonly stale: StaleMailings,
    private readonly preparation: MailingPreparation,
    private readonly batches: BatchRun,
    private readonly retries: NamedRetries,
    private readonly logger: Logger,
    private readonly settings: MailingSenderSettings,
  ) {
    this.slots = new CallSlots(settings.batchesAtOnce);
    this.loop = new TurnLoop(() => this.turn(), { pollMs: settings.pollMs, failed: 'mailings wait', logger });
  }

  start(): void {
    this.loop.start();
  }

  /** Something may be due. */
  wake(): void {
    this.loop.wake();
  }

  /** Calls under way end and are written; their batches are left for whoever comes next. */
  async stop(): Promise<void> {
    this.retries.collapse();
    await this.loop.stop();
    await this.slots.idle();
  }

  private async turn(): Promise<void> {
    if (this.catalogue.version === 0 || !(await this.stale.fail())) return;
    if (await this.preparation.prepareNext()) this.loop.wake();
    await this.database.run((manager) => new MailingRepository(manager).begin());
    if (this.slots.free <= 0) return;
    const due = await this.database.run((manager) => new BatchRepository(manager).dueOrgs());
    if (due.length === 0) return;
    const plan = [...planSending(this.catalogue, due)].flatMap(([id, orgIds]) => (id === null ? [] : [{ id, orgIds }]));
    const accounts = await this.accounts.open(plan.map(({ id }) => id));
    // Another account is first each time, so that none waits for the others when there are more of them than batches.
    this.turns += 1;
    const from = this.turns % Math.max(1, plan.length);
    for (const { id, orgIds } of [...plan.slice(from), ...plan.slice(0, from)]) {
      const account = accounts.get(id);
      if (!account || 'fault' in account) continue;
      while (this.slots.free > 0 && account.circuit.allowedCalls(1) > 0) {
        if (!(await this.startBatch(account, orgIds))) break;
      }
    }
  }

  private async startBatch(account: OpenAccount, orgIds: readonly number[]): Promise<boolean> {
    const { replicaId, leaseMs } = this.settings;
    const token = `${replicaId}:${randomUUID()}`;
    const claim = { orgIds, serviceId: account.stored.id, token, leaseMs };
    const batch = await this.database.transaction((manager) => new BatchRepository(manager).claim(claim));
    if (!batch) return false;
    this.slots.run(() => this.send(batch, token, account));
    return true;
  }

  private async send(batch: ClaimedBatch, token: string, account: OpenAccount): Promise<void> {
    try {
      const end = await this.batches.run({ batch, token, account, isStopped: () => this.loop.isStopped });
      if (end) await this.end(batch, token, end);
    } catch (error) {
      // The claim ends by itself; which recipients were called stands in their rows.
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ reason, mailing: batch.mailing, batch: batch.number }, 'a batch is left');
    } finally {
      this.wake();
    }
  }

  private async end(batch: ClaimedBatch, token: string, end: TurnEnd): Promise<void> {
    await this.retries.run('after a call', () =>
      this.database.transaction(async (manager) => {
        const batches = new BatchRepository(manager);
        await batches.end(batch.id, token, end, this.settings.batchRetries);
        if (end.kind === 'failed' && end.isAccount) await batches.failPending(batch.mailingId, end.error);
      }),
    );
    const { mailing, number, orgId } = batch;
    this.logger.info({ mailing, batch: number, orgId, end: end.kind }, 'a batch had its turn');
    await this.retries.run('after a call', () => endMailing(this.database, batch.mailingId));
  }
}
