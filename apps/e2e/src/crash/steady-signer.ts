import { Agent } from 'node:http';
import { signMutation } from '../campaign-world';
import { post } from '../http-post';
import type { CrashPage, LedgerEntry } from './crash-client';
import { pause } from './crash-fleet';
import type { Block } from './latency-ratio';

export interface SteadySignerSettings {
  gatewayUrl: string;
  /** Signed in turn. */
  pages: readonly CrashPage[];
  /** Of all pages together. */
  perSecond: number;
  /** Marks the tokens of this run. */
  run: string;
}

interface Signature {
  page: CrashPage;
  /** Both by this process' clock, ms. */
  sentAt: number;
  receivedAt: number | null;
}

const blockMs = 1_000;

/** Signs at a steady rate, whether the gateway has answered the ones before or not, and clocks each until its org has it. */
export class SteadySigner {
  readonly ledger = new Map<string, LedgerEntry>();
  unknown = 0;
  private readonly signatures = new Map<string, Signature>();
  private readonly agent = new Agent({ keepAlive: true });
  private readonly underWay = new Set<Promise<void>>();
  private isStopped = false;
  private signing: Promise<void> = Promise.resolve();

  constructor(private readonly settings: SteadySignerSettings) {}

  /** As many as fast as possible, so that code is compiled and connections are open before anything is clocked. */
  async warmUp(count: number, concurrency: number): Promise<void> {
    const work = async (): Promise<void> => {
      while (this.signatures.size < count) await this.sign();
    };
    await Promise.all(Array.from({ length: concurrency }, work));
  }

  start(): void {
    this.signing = this.signSteadily();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.signing;
    await Promise.all(this.underWay);
    this.agent.destroy();
  }

  /** What the tokens of its signatures begin with. */
  get run(): string {
    return this.settings.run;
  }

  /** The org's own software has it. The first time counts. */
  received(token: string): void {
    const signature = this.signatures.get(token);
    if (signature) signature.receivedAt ??= performance.now();
  }

  /** Signatures of an org, sent before that moment, that it does not have yet. */
  outstanding(orgId: number, sentBefore = performance.now()): number {
    return [...this.signatures.values()].filter(
      ({ page, sentAt, receivedAt }) => page.orgId === orgId && sentAt < sentBefore && receivedAt === null,
    ).length;
  }

  /**
   * From request to receipt, by the second in which it was sent. One that has not come is as late as it is now. Without the seconds
   * that are not `counted`, nor those after which the next one is not.
   */
  latencies(
    orgId: number,
    { from, to }: { from: number; to: number },
    counted: (from: number, to: number) => boolean = () => true,
  ): Block[] {
    const blocks: number[][] = Array.from({ length: Math.ceil((to - from) / blockMs) }, () => []);
    for (const { page, sentAt, receivedAt } of this.signatures.values()) {
      if (page.orgId !== orgId || sentAt < from || sentAt >= to) continue;
      blocks[Math.floor((sentAt - from) / blockMs)]?.push((receivedAt ?? performance.now()) - sentAt);
    }
    return blocks.filter((_, index) => counted(from + index * blockMs, from + (index + 2) * blockMs));
  }

  private async signSteadily(): Promise<void> {
    const everyMs = 1_000 / this.settings.perSecond;
    const startedAt = performance.now();
    for (let count = 1; !this.isStopped; count += 1) {
      const signature: Promise<void> = this.sign().finally(() => this.underWay.delete(signature));
      this.underWay.add(signature);
      await pause(Math.max(0, startedAt + count * everyMs - performance.now()));
    }
  }

  private async sign(): Promise<void> {
    const { gatewayUrl, pages, run } = this.settings;
    const index = this.signatures.size;
    const token = `${run}-${index}`;
    const page = pages[index % pages.length] as CrashPage;
    const entry: LedgerEntry = { kind: 'sign', page, sent: 1, accepted: 0 };
    this.ledger.set(token, entry);
    const body = JSON.stringify({
      query: signMutation,
      variables: {
        actionPage: page.id,
        action: { actionType: 'register', customFields: JSON.stringify({ token }) },
        contact: { firstName: 'Steady', email: `${token}@example.org`, address: { country: 'PL' } },
        privacy: { optIn: true },
      },
    });
    this.signatures.set(token, { page, sentAt: performance.now(), receivedAt: null });
    const isAccepted = await post(this.agent, `${gatewayUrl}/api`, body).then(hasContactRef, () => false);
    if (isAccepted) entry.accepted = 1;
    else this.unknown += 1;
  }
}

const hasContactRef = (text: string): boolean => {
  const answer = JSON.parse(text) as { data?: { addActionContact?: { contactRef?: string } | null } | null };
  return typeof answer.data?.addActionContact?.contactRef === 'string';
};
