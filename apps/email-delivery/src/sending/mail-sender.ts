import type { EntityManager } from 'typeorm';
import type { Logger } from '@groundswell/observability';
import type { Catalogue, Database } from '@groundswell/persistence';
import { TurnLoop } from '@groundswell/service';
import type { MailAccounts, OpenAccount } from '../accounts/mail-accounts';
import type { ClaimedDelivery, DeliveryEnd } from '../deliveries/delivery';
import { DeliveryRepository } from '../deliveries/delivery.repository';
import { CallSlots } from './call-slots';
import { laterEnd, type RetryDelay } from './delivery-end';
import type { MailCall } from './mail-call';
import type { MailMetrics } from './mail-metrics';
import { MailClaims } from './mail-claims';
import { accountsOf, planMails, type AccountShare } from './sending-plan';

export interface SenderSettings {
  replicaId: string;
  callsPerAccount: number;
  callsAtOnce: number;
  leaseMs: number;
  pollMs: number;
}

/** Calls a claim may hold mails for, one after another. */
const callsPerClaim = 8;
/** Rows of orgs without a usable account taken per turn, to be put on their schedule. */
const unsendableAtOnce = 100;

/**
 * Sends what is due. Each turn claims for every account at most what it may send soon, so an account that is slow or dead
 * holds up nobody else's mail. `sending` is committed before the call; a process that ends in between leaves its rows to be
 * found as `unknown`.
 */
export class MailSender {
  private readonly slots: CallSlots;
  private readonly claims: MailClaims;
  private readonly loop: TurnLoop;
  private turns = 0;

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly accounts: MailAccounts,
    private readonly call: MailCall,
    private readonly retryDelay: RetryDelay,
    metrics: MailMetrics,
    private readonly logger: Logger,
    private readonly settings: SenderSettings,
  ) {
    this.slots = new CallSlots(settings.callsAtOnce);
    this.claims = new MailClaims(settings.replicaId, settings.leaseMs);
    const turn = () => this.turn().finally(() => metrics.look(accounts.faults.length, this.slots.inUse));
    this.loop = new TurnLoop(turn, { pollMs: settings.pollMs, failed: 'sending waits', logger });
  }

  start(): void {
    this.loop.start();
  }

  /** Something may be due. */
  wake(): void {
    this.loop.wake();
  }

  /** Calls under way are waited for, their ends written. */
  async stop(): Promise<void> {
    await this.loop.stop();
    await this.slots.idle();
    await this.accounts.close();
  }

  private async turn(): Promise<void> {
    if (this.catalogue.version === 0 || this.slots.free <= 0) return;
    const due = await this.database.run((manager) => new DeliveryRepository(manager).dueOrgs());
    if (due.length === 0) return;
    const accounts = await this.accounts.open(accountsOf(this.catalogue, due));
    const plan = planMails(this.catalogue, due, (id) => {
      const account = accounts.get(id);
      return account !== undefined && !('fault' in account) && account.circuit.allowedCalls(1) > 0;
    });
    // Another account is first each time, so that none waits for the others when there are more of them than calls.
    this.turns += 1;
    const from = this.turns % Math.max(1, plan.size);
    const entries = [...plan.entries()];
    for (const [serviceId, share] of [...entries.slice(from), ...entries.slice(0, from)]) {
      const account = serviceId === null ? null : accounts.get(serviceId);
      if (account && !('fault' in account)) await this.startCalls(account, share);
      else await this.putOff(share, account ? account.fault : this.reasonOf(serviceId));
    }
  }

  private reasonOf(serviceId: number | null): string {
    return serviceId === null ? 'the org has no email backend' : 'the email backend is gone';
  }

  private async startCalls(account: OpenAccount, share: AccountShare): Promise<void> {
    const most = Math.min(this.settings.callsPerAccount, account.provider.usefulCalls ?? Infinity);
    const allowed = account.circuit.allowedCalls(most) - account.calls;
    const calls = Math.min(allowed, this.slots.free);
    if (calls <= 0) return;
    const perCall = account.provider.batchSize * callsPerClaim;
    // Counted before the first wait, so that the account is not closed meanwhile.
    account.calls += 1;
    try {
      const wanted = { serviceId: account.stored.id, limit: calls * perCall };
      const take = (manager: EntityManager) => this.claims.take(manager, share, wanted);
      const needsLock = share.transactional.length > 0;
      const { token, rows } = await (needsLock ? this.database.transaction(take) : this.database.run(take));
      const perLaunch = Math.ceil(rows.length / calls);
      for (let at = 0; at < rows.length; at += perLaunch) this.launch(token, account, rows.slice(at, at + perLaunch));
    } finally {
      account.calls -= 1;
    }
  }

  private launch(token: string, account: OpenAccount, rows: readonly ClaimedDelivery[]): void {
    account.calls += 1;
    this.slots.run(async () => {
      try {
        const mayCall = () => !this.loop.isStopped && account.circuit.allowedCalls(1) > 0;
        await this.call.run(token, account, rows, mayCall);
      } catch (error) {
        // Nothing was called: what is reserved is free again when the claim ends.
        this.logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'mails put back');
      } finally {
        account.calls -= 1;
        this.wake();
      }
    });
  }

  /** No account can send these: they go on their schedule, or fail when their org is gone. */
  private async putOff(share: AccountShare, reason: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const wanted = { serviceId: null, limit: unsendableAtOnce };
      const { token, rows } = await this.claims.take(manager, share, wanted);
      const ends = rows.map((row) => this.endWithoutAccount(row, reason));
      if (ends.length > 0) await new DeliveryRepository(manager).end(token, ends);
    });
  }

  private endWithoutAccount(row: ClaimedDelivery, reason: string): DeliveryEnd {
    const org = this.catalogue.orgs.get(row.orgId);
    if (!org || org.deletedAt !== null) {
      return { id: row.id, state: 'failed', attempts: row.attempts, error: 'the org is gone' };
    }
    return laterEnd(row, reason, this.retryDelay);
  }
}
