import { readFile } from 'node:fs/promises';
import { JwksClient } from 'jwks-rsa';
import type { SigningKey } from 'jwks-rsa';

export interface JwksLogger {
  warn(fields: object, text: string): void;
}

const fetchTimeoutMs = 5_000;
/** Between two fetches, whatever is asked for: strangers choose the `kid` of what they send. */
const restMs = 60_000;
const restAfterFailureMs = 10_000;
/** A set in use longer than this is fetched again beside the request, so that a withdrawn key ends. */
const freshMs = 600_000;

/** The public keys of JWKS_URL (http, https or file). What is known stays known while the address is away. */
export class JwksKeys {
  private readonly client: JwksClient;
  private known: SigningKey[] = [];
  private fetching: Promise<void> | null = null;
  private fetchedAt = -Infinity;
  private nextFetchAt = -Infinity;

  constructor(
    private readonly url: string,
    private readonly logger: JwksLogger,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.client = new JwksClient({ jwksUri: url, cache: false, fetcher: readKeySet });
  }

  /** PEM of the key; null for one that is not in the set. Without a `kid`, the set's only key. */
  async publicKey(kid: string | undefined): Promise<string | null> {
    const known = this.find(kid);
    if (known && this.now() - this.fetchedAt > freshMs) void this.fetch();
    if (!known) await this.fetch();
    return (known ?? this.find(kid))?.getPublicKey() ?? null;
  }

  /** Never throws; those who ask meanwhile wait for the same fetch. */
  fetch(): Promise<void> {
    if (!this.fetching && this.now() >= this.nextFetchAt) {
      this.fetching = this.replaceKnown().finally(() => (this.fetching = null));
    }
    return this.fetching ?? Promise.resolve();
  }

  private async replaceKnown(): Promise<void> {
    try {
      this.known = await this.client.getSigningKeys();
      this.fetchedAt = this.now();
      this.nextFetchAt = this.now() + restMs;
    } catch (error) {
      this.nextFetchAt = this.now() + restAfterFailureMs;
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ reason, url: withoutLogin(this.url), known: this.known.length }, 'JWKS not fetched');
    }
  }

  private find(kid: string | undefined): SigningKey | undefined {
    if (kid === undefined) return this.known.length === 1 ? this.known[0] : undefined;
    return this.known.find((key) => key.kid === kid);
  }
}

const withoutLogin = (url: string): string => {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
};

const readKeySet = async (url: string): Promise<{ keys: unknown }> => {
  if (url.startsWith('file:')) return JSON.parse(await readFile(new URL(url), 'utf8')) as { keys: unknown };
  const response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs), redirect: 'error' });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as { keys: unknown };
};
