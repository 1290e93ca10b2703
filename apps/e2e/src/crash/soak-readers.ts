import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { waitFor } from '@groundswell/testing';
import { quantile } from './latency-ratio';
import type { CrashWorld } from './crash-world';
import type { SoakFleet } from './soak-fleet';
import { faultsOf, type SoakEnd, type SoakPart } from './soak-part';

const settleMs = 60_000;
const callTimeoutMs = 10_000;
const looksPerSecond = 4;
const changeEverySeconds = 2;
const subscriberCount = 3;
const reconnectMs = 200;

const statsQuery = `query ($id: Int) { campaign(id: $id) { name stats { supporterCount actionCount { actionType count } } } }`;
const pageQuery = `query ($id: Int!) { actionPage(id: $id) { name locale config campaign { title } } }`;
const staffQuery = `query ($org: String!) { org(name: $org) { title campaigns { id name } keys { id name } } }`;
const changeMutation = `mutation ($id: Int!, $locale: String!) { updateActionPage(id: $id, input: { locale: $locale }) { id } }`;
const subscription = `subscription ($org: String) { actionPageUpserted(orgName: $org) { id locale } }`;

interface Answer {
  data?: { campaign?: { stats: { supporterCount: number } } } | null;
  errors?: { message: string }[];
}

/** Everybody's and staff's reads, page changes, and those who are told of them over a socket. */
export class SoakReaders implements SoakPart {
  readonly name = 'reads and subscriptions';
  private looks = 0;
  private changes = 0;
  private reconnects = -subscriberCount;
  private readonly times: number[] = [];
  private readonly wrong: string[] = [];
  /** The highest figure that a gateway has shown of a campaign. */
  private readonly highest = new Map<string, number>();
  private readonly told: number[] = Array.from({ length: subscriberCount }, () => 0);
  private readonly sockets: Client[] = [];
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly soak: SoakFleet,
    private readonly world: CrashWorld,
    private readonly campaignIds: readonly number[],
  ) {
    for (let index = 0; index < subscriberCount; index += 1) this.sockets.push(this.subscribe(index));
  }

  tick(second: number): void {
    for (let look = 0; look < looksPerSecond; look += 1) this.begin(this.look(second * looksPerSecond + look));
    if (second % changeEverySeconds === 0) this.begin(this.changePage());
  }

  async stop(): Promise<void> {
    await Promise.all(this.underWay);
  }

  async settle(): Promise<SoakEnd> {
    const before = [...this.told];
    // When a subscription begins is not told, so changes go on until everybody has seen one.
    const areAllTold = await waitFor(async () => {
      await this.changePage();
      return this.told.every((count, index) => count > (before[index] ?? 0));
    }, settleMs).catch(() => false);
    for (const socket of this.sockets) await socket.dispose();
    const { looks, changes, reconnects, told, wrong } = this;
    return {
      figures: { looks, p50: quantile(this.times, 0.5), p99: quantile(this.times, 0.99), changes, told, reconnects },
      faults: faultsOf({
        'wrong or no answers': wrong,
        'subscribers who are told nothing': areAllTold ? [] : told,
      }),
    };
  }

  private async look(number: number): Promise<void> {
    const { delivering, pages } = this.world;
    const id = this.campaignIds[number % this.campaignIds.length] ?? 0;
    this.looks += 1;
    const startedAt = performance.now();
    switch (number % 4) {
      case 0:
        await this.ask(pageQuery, { id: pages[0]?.id });
        break;
      case 1:
        await delivering.owner.data(staffQuery, { org: delivering.name });
        break;
      default:
        await this.lookAtFigure(id);
    }
    this.times.push(Math.round(performance.now() - startedAt));
  }

  /** Of one gateway a figure never falls. Two gateways hear of a change one after the other. */
  private async lookAtFigure(id: number): Promise<void> {
    const { gateway, answer } = await this.ask(statsQuery, { id });
    const shown = answer.data?.campaign?.stats.supporterCount ?? -1;
    const key = `${gateway}: campaign ${id}`;
    const before = this.highest.get(key) ?? 0;
    if (shown < before) this.wrong.push(`${key}: ${shown} after ${before}`);
    this.highest.set(key, Math.max(shown, before));
  }

  private async ask(query: string, variables: object): Promise<{ gateway: string; answer: Answer }> {
    const response = await fetch(`${this.soak.balancer.url}/api`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(callTimeoutMs),
    });
    const answer = (await response.json()) as Answer;
    if (response.status !== 200 || answer.errors) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
    return { gateway: response.headers.get('x-gateway') ?? '', answer };
  }

  private async changePage(): Promise<void> {
    const { delivering, pages } = this.world;
    this.changes += 1;
    await delivering.owner.data(changeMutation, { id: pages[0]?.id, locale: this.changes % 2 === 0 ? 'de' : 'fr' });
  }

  /** As the client library does it, which connects again by itself. */
  private subscribe(index: number): Client {
    const client = createClient({
      url: `${this.soak.balancer.url.replace('http', 'ws')}/api`,
      webSocketImpl: WebSocket,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, reconnectMs)),
      on: { connected: () => void (this.reconnects += 1) },
    });
    client.subscribe(
      { query: subscription, variables: { org: this.world.delivering.name } },
      {
        next: ({ errors }) => {
          if (errors) this.wrong.push(`subscriber ${index}: ${JSON.stringify(errors)}`);
          this.told[index] = (this.told[index] ?? 0) + 1;
        },
        error: (error) => this.wrong.push(`subscriber ${index}: ${String(error)}`),
        complete: () => undefined,
      },
    );
    return client;
  }

  private begin(work: Promise<void>): void {
    const kept: Promise<void> = work
      .catch((error: unknown) => {
        const what = `${new Date().toISOString()} ${error instanceof Error ? error.message : String(error)}`;
        if (!this.soak.excuses(what)) this.wrong.push(what);
      })
      .finally(() => this.underWay.delete(kept));
    this.underWay.add(kept);
  }
}
