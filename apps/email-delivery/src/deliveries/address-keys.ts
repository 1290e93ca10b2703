import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretEnvelope } from '@groundswell/crypto';
import { Database, DatabaseAwayError, isDatabaseFault } from '@groundswell/persistence';
import { firstAddressKey } from './address-hash';
import { addressHasherOf, type AddressHash } from './keyed-address';

interface KeyLogger {
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

const retryMs = 500;
const known = 'select sealed from mail.address_key where id = 1';

/**
 * The key that addresses are hashed with. It is kept in the database, sealed: a change of envelope keys seals it anew
 * (docs/security/keys.md), and suppressions of before go on to hold. The first one is made of the first envelope key, as it was
 * in releases that kept none.
 */
export class AddressKeys {
  private found: { key: Buffer; hash: AddressHash } | null = null;
  private isStopped = false;

  constructor(
    private readonly database: Pick<Database, 'query'>,
    private readonly envelope: Pick<SecretEnvelope, 'open' | 'seal' | 'derivedKeys'>,
    private readonly logger: KeyLogger,
  ) {}

  /** Waits so long for the database at most, and goes on to try after that. Throws what the envelope says of a key of others. */
  async load(waitMs: number): Promise<void> {
    const deadline = performance.now() + waitMs;
    while (!(await this.tryOnce()) && performance.now() < deadline) await sleep(Math.min(retryMs, waitMs));
    if (!this.found) void this.keepTrying();
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Null once the key is known. */
  get fault(): string | null {
    return this.found ? null : 'the key of address hashes was not read yet';
  }

  /** Throws DatabaseAwayError until the key is known: what needs it waits. */
  get key(): Buffer {
    if (!this.found) throw new DatabaseAwayError('the key of address hashes was not read yet');
    return this.found.key;
  }

  /** Throws DatabaseAwayError until the key is known. */
  readonly hash: AddressHash = (address) => {
    if (!this.found) throw new DatabaseAwayError('the key of address hashes was not read yet');
    return this.found.hash(address);
  };

  private async keepTrying(): Promise<void> {
    while (!this.isStopped) {
      await sleep(retryMs, undefined, { ref: false });
      try {
        if (await this.tryOnce()) return;
      } catch (err) {
        // Only a person can help; mails wait meanwhile, and the service says that it is not ready.
        this.logger.error({ err }, 'the key of address hashes does not open: no mail is taken');
        return;
      }
    }
  }

  private async tryOnce(): Promise<boolean> {
    try {
      const key = this.envelope.open(await this.readOrMake());
      this.found = { key, hash: addressHasherOf(key) };
      return true;
    } catch (error) {
      if (!isDatabaseFault(error)) throw error;
      return false;
    }
  }

  /** Replicas that start together agree on the first row. */
  private async readOrMake(): Promise<string> {
    const [row] = await this.database.query<{ sealed: string }>(known);
    if (row) return row.sealed;
    await this.database.query('insert into mail.address_key (sealed) values ($1) on conflict do nothing', [
      this.envelope.seal(firstAddressKey(this.envelope)),
    ]);
    const [made] = await this.database.query<{ sealed: string }>(known);
    if (!made) throw new DatabaseAwayError('the key of address hashes is gone again');
    return made.sealed;
  }
}
