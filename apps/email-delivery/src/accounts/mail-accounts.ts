import type { SecretEnvelope } from '@groundswell/crypto';
import type { Database } from '@groundswell/persistence';
import type { MailAccount, MailProvider } from '../providers/mail-provider';
import { AccountCircuit, type CircuitSettings } from './account-circuit';
import { AccountReadModel, type StoredAccount } from './account.read-model';

/** Makes the provider of an account; null for a kind of service that sends no mail. */
export type OpenProvider = (account: MailAccount) => Promise<MailProvider | null>;

/** An account in use: how it is called, and how that went. */
export interface OpenAccount {
  stored: StoredAccount;
  provider: MailProvider;
  circuit: AccountCircuit;
  /** Calls under way. */
  calls: number;
}

interface Kept extends OpenAccount {
  lastUsedAt: number;
}

const unusedForMs = 60_000;

/** Providers of the accounts that have mail to send: one object per account as it is stored now, closed when unused. */
export class MailAccounts {
  private readonly kept = new Map<number, Kept>();
  private readonly circuits = new Map<number, { version: number; circuit: AccountCircuit }>();
  /** Replaced while calls were under way. */
  private readonly leaving = new Set<Kept>();

  constructor(
    private readonly database: Database,
    private readonly envelope: Pick<SecretEnvelope, 'open'>,
    private readonly openProvider: OpenProvider,
    private readonly settings: CircuitSettings,
  ) {}

  /** Those that are still there, as stored now; what cannot be opened comes with the reason. */
  async open(ids: readonly number[]): Promise<Map<number, OpenAccount | { fault: string }>> {
    const stored =
      ids.length === 0 ? [] : await this.database.run((manager) => new AccountReadModel(manager).find(ids));
    const found = new Set(stored.map(({ id }) => id));
    for (const id of ids) if (!found.has(id)) this.circuits.delete(id);
    const opened = new Map<number, OpenAccount | { fault: string }>();
    for (const row of stored) {
      opened.set(
        row.id,
        await this.openOne(row).catch((error: unknown) => ({
          fault: error instanceof Error ? error.message : 'cannot be opened',
        })),
      );
    }
    await this.closeUnused();
    return opened;
  }

  /** Templates an org made at its provider. Throws where the provider does not tell. */
  async listTemplates(id: number): Promise<{ ref: string; name: string }[]> {
    const account = (await this.open([id])).get(id);
    if (!account) throw new Error('the email backend is gone');
    if ('fault' in account) throw new Error(account.fault);
    return account.provider.listTemplates ? account.provider.listTemplates() : [];
  }

  /** Accounts that rest, with the reason. */
  get faults(): { id: number; fault: string }[] {
    return [...this.circuits].flatMap(([id, { circuit }]) => (circuit.fault ? [{ id, fault: circuit.fault }] : []));
  }

  async close(): Promise<void> {
    const all = [...this.kept.values(), ...this.leaving];
    this.kept.clear();
    this.leaving.clear();
    await Promise.allSettled(all.map(({ provider }) => provider.close()));
  }

  private async openOne(stored: StoredAccount): Promise<OpenAccount | { fault: string }> {
    const known = this.kept.get(stored.id);
    if (known && +known.stored.updatedAt === +stored.updatedAt) {
      known.lastUsedAt = performance.now();
      return known;
    }
    if (known) this.leaving.add(known);
    this.kept.delete(stored.id);
    const provider = await this.openProvider(this.accountOf(stored));
    if (!provider) return { fault: `${stored.name} sends no mail` };
    const account = { stored, provider, circuit: this.circuitOf(stored), calls: 0, lastUsedAt: performance.now() };
    this.kept.set(stored.id, account);
    return account;
  }

  private accountOf({ id, name, host, user, password, path, sendingFrom }: StoredAccount): MailAccount {
    const opened = password === '' ? '' : this.envelope.open(password).toString('utf8');
    return { id, name, host, user, password: opened, path: path ?? '', sendingFrom };
  }

  /** An account that was changed is tried again at once. */
  private circuitOf({ id, updatedAt }: StoredAccount): AccountCircuit {
    const known = this.circuits.get(id);
    if (known?.version === +updatedAt) return known.circuit;
    const circuit = new AccountCircuit(this.settings);
    this.circuits.set(id, { version: +updatedAt, circuit });
    return circuit;
  }

  private async closeUnused(): Promise<void> {
    const now = performance.now();
    for (const [id, account] of this.kept) {
      if (account.calls > 0 || now - account.lastUsedAt < unusedForMs) continue;
      this.kept.delete(id);
      await account.provider.close().catch(() => undefined);
    }
    for (const account of this.leaving) {
      if (account.calls > 0) continue;
      this.leaving.delete(account);
      await account.provider.close().catch(() => undefined);
    }
  }
}
