import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalogue, Database } from '@groundswell/persistence';
import type { MailAccounts, OpenAccount } from '../accounts/mail-accounts';
import { DeliveryRepository } from '../deliveries/delivery.repository';

const lookAgainMs = 20;
/** How long single mails keep a mailing waiting where only one call is allowed, per call. */
const longestWaitMs = 2_000;
/** Opened again after this long: an account nobody opens is closed, and one that was changed is another. */
const openedForMs = 20_000;

/** Lets mailings call an account so that single mails never wait for them: one of its calls is left to those. */
export class AccountTurns {
  private readonly openedAt = new WeakMap<OpenAccount, number>();
  /** Calls of mailings under way. */
  private readonly calls = new WeakMap<OpenAccount, number>();

  constructor(
    private readonly database: Database,
    private readonly catalogue: Pick<Catalogue, 'orgs'>,
    private readonly accounts: MailAccounts,
    private readonly callsPerAccount: number,
  ) {}

  /** The account as it is now; null where it is gone, cannot be opened or rests. */
  async current(account: OpenAccount): Promise<OpenAccount | null> {
    const now = performance.now();
    let found: OpenAccount | { fault: string } | undefined = account;
    if (now - (this.openedAt.get(account) ?? -Infinity) > openedForMs) {
      found = (await this.accounts.open([account.stored.id])).get(account.stored.id);
      if (found && !('fault' in found)) this.openedAt.set(found, now);
    }
    if (!found || 'fault' in found) return null;
    return found.circuit.allowedCalls(1) > 0 ? found : null;
  }

  /** Runs `call` once it is a mailing's turn. */
  async take<T>(account: OpenAccount, isStopped: () => boolean, call: () => Promise<T>): Promise<T | null> {
    const until = performance.now() + longestWaitMs;
    while ((await this.isForSingleMails(account, until)) || !this.hasRoom(account)) {
      if (isStopped()) return null;
      await sleep(lookAgainMs);
    }
    if (isStopped()) return null;
    this.change(account, 1);
    try {
      return await call();
    } finally {
      this.change(account, -1);
    }
  }

  private hasRoom(account: OpenAccount): boolean {
    const most = Math.max(1, this.callsPerAccount - 1);
    return account.calls < this.callsPerAccount && (this.calls.get(account) ?? 0) < most;
  }

  private change(account: OpenAccount, by: number): void {
    account.calls += by;
    this.calls.set(account, (this.calls.get(account) ?? 0) + by);
  }

  /** Where an account takes one call at a time there is none to leave, so single mails that are due go before. */
  private async isForSingleMails(account: OpenAccount, until: number): Promise<boolean> {
    return this.callsPerAccount === 1 && performance.now() < until && (await this.hasSingleMails(account));
  }

  private async hasSingleMails({ stored }: OpenAccount): Promise<boolean> {
    const orgIds = await this.database.run((manager) => new DeliveryRepository(manager).dueOrgs());
    return orgIds.some((id) => this.catalogue.orgs.get(id)?.emailBackendId === stored.id);
  }
}
