import { randomUUID } from 'node:crypto';
import { DomainMemory } from './domain-memory';
import { DomainPass, type PassParts } from './domain-pass';
import type { PolledAccount } from './event-source';
import { allLoops, domainLoops } from './loop-report';
import { LoopLeaseLostError, LoopRepository, loopsLease, type LoopClaim } from './loop.repository';
import { keptWindow, isEmptyWindow } from './loop-rules';
import type { MailLoopsStatus } from './loop-status';
import { MailLoopError } from './mail-loop.error';

export interface MailLoopsSettings {
  replicaId: string;
  /** How long a process that ended keeps the others from reading; longer than one page may take. */
  leaseMs: number;
  /** What a provider keeps at most. */
  retentionMs: number;
  /** Accounts read at the same time: one whose provider is slow holds up no other. */
  domainsAtOnce: number;
  /** A run with more to read makes way for a new one, which looks for accounts anew. */
  longestRunMs: number;
}

/** Reads what providers tell of mails, of each account by itself, in one process at a time (email-events.md §2). */
export class MailLoops {
  private readonly memories = new Map<string, DomainMemory>();
  private readonly holder: string;
  private readonly stopping = new AbortController();
  private lastFencing: number | null = null;
  private running: Promise<boolean> | null = null;

  constructor(
    private readonly parts: PassParts,
    private readonly settings: MailLoopsSettings,
  ) {
    this.holder = `${settings.replicaId}:${randomUUID()}`;
  }

  /** One run over all accounts, unless one is under way here or elsewhere. Returns whether there is more to read at once. */
  async run(): Promise<boolean> {
    if (this.running || this.stopping.signal.aborted) return false;
    this.running = this.runClaimed().finally(() => (this.running = null));
    return this.running;
  }

  async status(): Promise<MailLoopsStatus> {
    const { sources, now } = this.parts;
    const accounts = await sources.polled();
    const rows = await this.parts.database.run((manager) =>
      new LoopRepository(manager, this.parts.leases).rows(accounts.map(({ domain }) => domain)),
    );
    const domains = accounts.map((account) => domainLoops(account, rows, now()));
    return { ...allLoops(domains), domains, withoutEvents: sources.withoutEvents() };
  }

  /** Has a window read again, of every account, as far back as providers keep events; the next tick begins. Replaces what is
   *  scheduled and not running. Throws MailLoopError. */
  async schedule(begin: Date, end: Date): Promise<void> {
    const window = keptWindow({ begin, end }, this.settings.retentionMs, this.parts.now());
    const isWindow = !Number.isNaN(begin.getTime()) && !Number.isNaN(end.getTime());
    if (!isWindow || isEmptyWindow({ begin, end })) {
      throw new MailLoopError('invalid_window', 'begin is not before end');
    }
    if (isEmptyWindow(window)) {
      throw new MailLoopError('invalid_window', 'providers no longer keep events that old');
    }
    const accounts = await this.parts.sources.polled();
    if (accounts.length === 0) throw new MailLoopError('no_source', 'no account whose events are polled');
    const domains = accounts.map(({ domain }) => domain);
    const isScheduled = await this.write((loops) => loops.schedule(domains, { id: randomUUID(), ...window }));
    if (!isScheduled) throw new MailLoopError('running', 'a replay is being read: wait until it ends, or cancel it');
  }

  /** A page in hand is finished first. Does nothing where nothing is scheduled. */
  async cancel(): Promise<void> {
    await this.write((loops) => loops.cancel());
  }

  /** Drops what is being read; what is stored stays. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running?.catch(() => undefined);
  }

  private async runClaimed(): Promise<boolean> {
    const { database, leases } = this.parts;
    const { holder } = this;
    const { leaseMs: ttlMs } = this.settings;
    const fencing = await database.run((manager) => leases.acquire(manager, loopsLease, holder, ttlMs));
    if (fencing === null) return false;
    // Somebody else has read meanwhile: what this process remembers is old.
    const isOurs = this.lastFencing !== null && fencing <= this.lastFencing + 1;
    if (!isOurs) this.memories.clear();
    this.lastFencing = fencing;
    try {
      return await this.runAll({ holder, fencing, ttlMs });
    } finally {
      await database.run((manager) => leases.release(manager, loopsLease, holder)).catch(() => undefined);
    }
  }

  private async runAll(claim: LoopClaim): Promise<boolean> {
    const waiting = await this.parts.sources.polled();
    const until = this.parts.now().getTime() + this.settings.longestRunMs;
    const hasMore = new Set<string>();
    const isTime = () => !this.stopping.signal.aborted && this.parts.now().getTime() < until;
    const work = async (): Promise<void> => {
      for (let account = waiting.shift(); account; account = isTime() ? waiting.shift() : undefined) {
        hasMore.delete(account.domain);
        if (!(await this.pass(account, claim))) continue;
        hasMore.add(account.domain);
        waiting.push(account);
      }
    };
    await Promise.all(Array.from({ length: this.settings.domainsAtOnce }, work));
    return hasMore.size > 0 && !this.stopping.signal.aborted;
  }

  /** One account's faults are no other's. */
  private async pass(account: PolledAccount, claim: LoopClaim): Promise<boolean> {
    const { serviceId, domain, isConfigured } = account;
    const { logger } = this.parts;
    if (!isConfigured) {
      logger.warn({ serviceId }, 'mail events not read: the service has no domain or no key');
      return false;
    }
    const memory = this.memories.get(domain) ?? new DomainMemory();
    this.memories.set(domain, memory);
    try {
      return await new DomainPass(this.parts, account, memory, claim, this.stopping.signal).run();
    } catch (error) {
      if (error instanceof LoopLeaseLostError) this.memories.clear();
      if (this.stopping.signal.aborted) return false;
      logger.warn(
        { serviceId, reason: error instanceof Error ? error.message : String(error) },
        'mail events not read',
      );
      return false;
    }
  }

  private write<T>(work: (loops: LoopRepository) => Promise<T>): Promise<T> {
    const { database, leases } = this.parts;
    return database.transaction((manager) => work(new LoopRepository(manager, leases)));
  }
}
