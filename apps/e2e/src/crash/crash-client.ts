import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { actMutation, signMutation } from '../campaign-world';
import { post } from '../http-post';
import { pause } from './crash-fleet';

/** A page under attack. */
export interface CrashPage {
  id: number;
  orgId: number;
  campaignId: number;
  /** Its org confirms supporters itself, so signatures wait. */
  isConfirming: boolean;
}

/** What one token was sent as, and what the client was told. */
export interface LedgerEntry {
  kind: 'sign' | 'share';
  page: CrashPage;
  /** Actions it may become: two for a double click, else one. */
  sent: number;
  /** Answers with a contactRef. As many actions must be stored, or up to `sent` of them. */
  accepted: number;
}

export interface CrashClientSettings {
  random: () => number;
  /** Marks the tokens of this run. */
  run: string;
  pages: CrashPage[];
  gatewayUrls: () => string[];
  /** Requests under way at once. */
  concurrency: number;
  /** Told of each submission that was not accepted. */
  onUnknown?: () => void;
}

interface Plan {
  token: string;
  page: CrashPage;
  /** Null: a share under a reference that the client knows. */
  email: string | null;
  /** A reference that the signature carries and a share is sent under, in this order. */
  carried: { ref: string; order: 'share first' | 'signature first' | 'together' } | null;
  key: string | null;
  isDoubleClick: boolean;
}

/** Pause of each worker between two submissions when the quota is used up, ms. */
const tricklePauseMs = 250;
const keyedAttempts = 60;

/**
 * Signs and shares as fast as the gateways answer, as long as there is a quota, else a little, and keeps a ledger. One in
 * ten is by an earlier person, one in ten comes with a share or is one, one in five has an Idempotency-Key and is repeated
 * at any gateway until it is accepted, one in fifty is clicked twice.
 */
export class CrashClient {
  readonly ledger = new Map<string, LedgerEntry>();
  /** The longest time in which nothing was accepted, ms. */
  longestOutageMs = 0;
  accepted = 0;
  unknown = 0;
  sent = 0;
  private readonly agent: Agent;
  private readonly coolUntil = new Map<string, number>();
  private readonly known: { ref: string; page: CrashPage }[] = [];
  private people = 0;
  private next = 0;
  private quota = 0;
  private isStopped = false;
  private lastAcceptedAt = 0;
  private workers: Promise<unknown> = Promise.resolve();

  constructor(private readonly settings: CrashClientSettings) {
    this.agent = new Agent({ keepAlive: true, maxSockets: settings.concurrency * 2 });
  }

  start(): void {
    this.lastAcceptedAt = performance.now();
    this.workers = Promise.all(Array.from({ length: this.settings.concurrency }, () => this.work()));
  }

  /** That many more at full speed. */
  allow(submissions: number): void {
    this.quota += submissions;
  }

  get quotaLeft(): number {
    return this.quota;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.workers;
    this.agent.destroy();
  }

  private async work(): Promise<void> {
    while (!this.isStopped) {
      if (this.quota > 0) this.quota -= 1;
      else await pause(tricklePauseMs);
      await this.submit(this.plan());
    }
  }

  private plan(): Plan {
    const { random, pages, run } = this.settings;
    const token = `${run}-${(this.next += 1)}`;
    const page = pages[Math.floor(random() * pages.length)] as CrashPage;
    const what = random();
    const pick = random();
    const order = (['share first', 'signature first', 'together'] as const)[Math.floor(random() * 3)] ?? 'together';
    const key = random() < 0.2 ? `key-${token}` : null;
    const isDoubleClick = key === null && random() < 0.02;
    const isDuplicate = what < 0.1 && this.people > 0;
    const isKnownShare = what >= 0.1 && what < 0.15;
    const person = isDuplicate ? Math.floor(pick * this.people) : (this.people += 1);
    return {
      token,
      page,
      email: isKnownShare ? null : `${run}-${person}@example.org`,
      carried: what >= 0.15 && what < 0.2 ? { ref: randomBytes(16).toString('base64url'), order } : null,
      key,
      isDoubleClick,
    };
  }

  private async submit(plan: Plan): Promise<void> {
    if (plan.email === null) {
      const known = this.known[Math.floor(this.settings.random() * this.known.length)];
      if (known) await this.share(plan, known.page, known.ref, plan.token);
      return;
    }
    const { carried } = plan;
    if (!carried) return this.sign(plan, null);
    const share = () => this.share(plan, plan.page, carried.ref, `${plan.token}-share`);
    switch (carried.order) {
      case 'share first':
        await share();
        return this.sign(plan, carried.ref);
      case 'signature first':
        await this.sign(plan, carried.ref);
        return share();
      case 'together':
        await Promise.all([this.sign(plan, carried.ref), share()]);
    }
  }

  private async sign({ token, page, email, key, isDoubleClick }: Plan, carriedRef: string | null): Promise<void> {
    const body = JSON.stringify({
      query: signMutation,
      variables: {
        actionPage: page.id,
        action: { actionType: 'register', customFields: JSON.stringify({ token }) },
        contact: { firstName: 'Crash', email, address: { country: 'PL' } },
        privacy: { optIn: true },
        contactRef: carriedRef,
      },
    });
    await this.send({ kind: 'sign', page, sent: isDoubleClick ? 2 : 1, accepted: 0 }, token, body, key);
  }

  private async share({ key }: Plan, page: CrashPage, contactRef: string, token: string): Promise<void> {
    const action = { actionType: 'share', customFields: JSON.stringify({ token }) };
    const body = JSON.stringify({ query: actMutation, variables: { actionPage: page.id, action, contactRef } });
    await this.send({ kind: 'share', page, sent: 1, accepted: 0 }, token, body, key);
  }

  private async send(entry: LedgerEntry, token: string, body: string, key: string | null): Promise<void> {
    this.ledger.set(token, entry);
    this.sent += entry.sent;
    const clicks = Array.from({ length: entry.sent }, async () => {
      const ref = key === null ? await this.ask(body, {}) : await this.insist(body, { 'idempotency-key': key });
      if (ref === null) {
        this.unknown += 1;
        this.settings.onUnknown?.();
        return;
      }
      entry.accepted += 1;
      this.noteAccepted();
      if (entry.kind === 'sign') this.known.push({ ref, page: entry.page });
    });
    await Promise.all(clicks);
  }

  /** The same key again, at any gateway, until one says it is accepted. */
  private async insist(body: string, headers: Record<string, string>): Promise<string | null> {
    for (let attempt = 0; attempt < keyedAttempts; attempt += 1) {
      const ref = await this.ask(body, headers);
      if (ref !== null) return ref;
      await pause(200);
    }
    return null;
  }

  /** The contactRef; null for an error or no answer. */
  private async ask(body: string, headers: Record<string, string>): Promise<string | null> {
    const url = await this.someGateway();
    try {
      const answer = JSON.parse(await post(this.agent, `${url}/api`, body, headers)) as {
        data?: Record<string, { contactRef?: string } | null> | null;
      };
      return Object.values(answer.data ?? {})[0]?.contactRef ?? null;
    } catch {
      // One that is away refuses within microseconds: the others get its share until it is back.
      this.coolUntil.set(url, performance.now() + 100);
      return null;
    }
  }

  private async someGateway(): Promise<string> {
    for (;;) {
      const now = performance.now();
      const urls = this.settings.gatewayUrls().filter((url) => (this.coolUntil.get(url) ?? 0) < now);
      const url = urls[Math.floor(Math.random() * urls.length)];
      if (url) return url;
      await pause(20);
    }
  }

  private noteAccepted(): void {
    const now = performance.now();
    this.accepted += 1;
    this.longestOutageMs = Math.max(this.longestOutageMs, now - this.lastAcceptedAt);
    this.lastAcceptedAt = now;
  }
}
