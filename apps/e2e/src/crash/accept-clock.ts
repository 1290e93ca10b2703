import { Agent } from 'node:http';
import { signMutation } from '../campaign-world';
import { post } from '../http-post';
import { pause } from './crash-fleet';
import type { Block } from './latency-ratio';

const blockMs = 1_000;

/** Signs on a page at a steady rate, whether the answers before have come or not, and clocks each from request to contactRef. */
export class AcceptClock {
  readonly accepted = new Set<string>();
  /** Without a contactRef. */
  missed = 0;
  private readonly answers: { sentAt: number; ms: number }[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly underWay = new Set<Promise<void>>();
  private isStopped = false;
  private count = 0;
  private signing: Promise<void> = Promise.resolve();

  constructor(private readonly settings: { gatewayUrl: string; pageId: number; perSecond: number; run: string }) {}

  /** As fast as possible, before anything is clocked. */
  async warmUp(count: number): Promise<void> {
    const work = async (): Promise<void> => {
      while (this.count < count) await this.sign();
    };
    await Promise.all(Array.from({ length: 8 }, work));
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

  /** Answer times by the second in which was signed. */
  latencies({ from, to }: { from: number; to: number }): Block[] {
    const blocks: number[][] = Array.from({ length: Math.ceil((to - from) / blockMs) }, () => []);
    for (const { sentAt, ms } of this.answers) {
      if (sentAt >= from && sentAt < to) blocks[Math.floor((sentAt - from) / blockMs)]?.push(ms);
    }
    return blocks.filter((block) => block.length > 0);
  }

  private async signSteadily(): Promise<void> {
    const everyMs = 1_000 / this.settings.perSecond;
    const startedAt = performance.now();
    for (let turn = 1; !this.isStopped; turn += 1) {
      const signature: Promise<void> = this.sign().finally(() => this.underWay.delete(signature));
      this.underWay.add(signature);
      await pause(Math.max(0, startedAt + turn * everyMs - performance.now()));
    }
  }

  private async sign(): Promise<void> {
    const { gatewayUrl, pageId, run } = this.settings;
    const email = `${run}-live${(this.count += 1)}@example.org`;
    const body = JSON.stringify({
      query: signMutation,
      variables: {
        actionPage: pageId,
        action: { actionType: 'register' },
        contact: { firstName: 'Steady', email, address: { country: 'PL' } },
        privacy: { optIn: true },
      },
    });
    const sentAt = performance.now();
    const text = await post(this.agent, `${gatewayUrl}/api`, body).catch(() => '');
    this.answers.push({ sentAt, ms: performance.now() - sentAt });
    if (text.includes('"contactRef"')) this.accepted.add(email);
    else this.missed += 1;
  }
}
