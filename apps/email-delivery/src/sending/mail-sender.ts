import { randomUUID } from 'node:crypto';
import type { Catalogue, Database } from '@groundswell/persistence';
import type { MailAccounts, OpenAccount } from '../accounts/mail-accounts';
import type { ClaimedDelivery, DeliveryEnd } from '../deliveries/delivery';
import { DeliveryRepository } from '../deliveries/delivery.repository';
import type { Logger } from '../runtime';
import { CallSlots } from './call-slots';
import { laterEnd, type RetryDelay } from './delivery-end';
import type { MailCall } from './mail-call';
import type { MailMetrics } from './mail-metrics';
import { planSending } from './sending-plan';

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
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private wakeUp: () => void = () => undefined;
  private isWoken = false;
  private turns = 0;

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly accounts: MailAccounts,
    private readonly call: MailCall,
    private readonly retryDelay: RetryDelay,
    private readonly metrics: MailMetrics,
    private readonly logger: Logger,
    private readonly settings: SenderSettings,
  ) {
    this.slots = new CallSlots(settings.callsAtOnce);
  }

  start(): void {
    this.running = this.keepSending();
  }

  /** Something may be due. */
  wake(): void {
    this.isWoken = true;
    this.wakeUp();
  }

  /** Calls under way are waited for, their ends written. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
    await this.slots.idle();
    await this.accounts.close();
  }

  private async keepSending(): Promise<void> {
    while (!this.stopped) {
      this.isWoken = false;
      try {
        if (this.catalogue.version > 0) await this.turn();
      } catch (error) {
        this.logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'sending waits');
      }
      this.metrics.look(this.accounts.faults.length, this.slots.inUse);
      if (!this.isWoken && !this.stopped) await this.rest();
    }
  }

  private rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.settings.pollMs);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async turn(): Promise<void> {
    if (this.slots.free <= 0) return;
    const due = await this.database.run((manager) => new DeliveryRepository(manager).dueOrgs());
    if (due.length === 0) return;
    const plan = planSending(this.catalogue, due);
    const withAccount = [...plan.keys()].filter((id) => id !== null);
    const accounts = await this.accounts.open(withAccount);
    // Another account is first each time, so that none waits for the others when there are more of them than calls.
    this.turns += 1;
    const from = this.turns % Math.max(1, plan.size);
    const entries = [...plan.entries()];
    for (const [serviceId, orgIds] of [...entries.slice(from), ...entries.slice(0, from)]) {
      const account = serviceId === null ? null : accounts.get(serviceId);
      if (account && !('fault' in account)) await this.startCalls(account, orgIds);
      else await this.putOff(orgIds, account ? account.fault : this.reasonOf(serviceId));
    }
  }

  private reasonOf(serviceId: number | null): string {
    return serviceId === null ? 'the org has no email backend' : 'the email backend is gone';
  }

  private async startCalls(account: OpenAccount, orgIds: readonly number[]): Promise<void> {
    const allowed = account.circuit.allowedCalls(this.settings.callsPerAccount) - account.calls;
    const calls = Math.min(allowed, this.slots.free);
    if (calls <= 0) return;
    const perCall = account.provider.batchSize * callsPerClaim;
    // Counted before the first wait, so that the account is not closed meanwhile.
    account.calls += 1;
    try {
      const { token, rows } = await this.claim(orgIds, account.stored.id, calls * perCall);
      const share = Math.ceil(rows.length / calls);
      for (let at = 0; at < rows.length; at += share) this.launch(token, account, rows.slice(at, at + share));
    } finally {
      account.calls -= 1;
    }
  }

  private launch(token: string, account: OpenAccount, rows: readonly ClaimedDelivery[]): void {
    account.calls += 1;
    this.slots.run(async () => {
      try {
        await this.callInTurn(token, account, rows);
      } catch (error) {
        // Nothing was called: what is reserved is free again when the claim ends.
        this.logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'mails put back');
      } finally {
        account.calls -= 1;
        this.wake();
      }
    });
  }

  /** One call after another; an account that came to rest, or a sender that stops, leaves the others for later. */
  private async callInTurn(token: string, account: OpenAccount, rows: readonly ClaimedDelivery[]): Promise<void> {
    const { batchSize } = account.provider;
    for (let at = 0; at < rows.length; at += batchSize) {
      const mayCall = !this.stopped && account.circuit.allowedCalls(1) > 0;
      if (!mayCall) return this.call.release(token, rows.slice(at));
      try {
        await this.call.run(token, account, rows.slice(at, at + batchSize));
      } catch (error) {
        await this.call.release(token, rows.slice(at + batchSize)).catch(() => undefined);
        throw error;
      }
    }
  }

  private async claim(orgIds: readonly number[], serviceId: number | null, limit: number) {
    const { replicaId, leaseMs } = this.settings;
    const token = `${replicaId}:${randomUUID()}`;
    const claim = { orgIds, serviceId, limit, token, leaseMs };
    const rows = await this.database.transaction((manager) => new DeliveryRepository(manager).claim(claim));
    return { token, rows };
  }

  /** No account can send these: they go on their schedule, or fail when their org is gone. */
  private async putOff(orgIds: readonly number[], reason: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const deliveries = new DeliveryRepository(manager);
      const token = `${this.settings.replicaId}:${randomUUID()}`;
      const claim = { orgIds, serviceId: null, limit: unsendableAtOnce, token, leaseMs: this.settings.leaseMs };
      const rows = await deliveries.claim(claim);
      const ends = rows.map((row) => this.endWithoutAccount(row, reason));
      if (ends.length > 0) await deliveries.end(token, ends);
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
