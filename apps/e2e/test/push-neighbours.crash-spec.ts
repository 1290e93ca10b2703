import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashFleet, pause } from '../src/crash/crash-fleet';
import { report, say, setting } from '../src/crash/crash-report';
import { inWords, quantileRatio, summaryOf, type Block } from '../src/crash/latency-ratio';
import { makePushesDue, pushFaults } from '../src/crash/push-audit';
import { PushEndpoint, well } from '../src/crash/push-endpoint';
import { aPushingOrg, type PushingOrg } from '../src/crash/push-world';
import { SteadySigner } from '../src/crash/steady-signer';

/** Calm and trouble in turn so many times, then calm once more. */
const alternations = setting('CRASH_ALTERNATIONS', 2);
const phaseMs = 1_000 * setting('CRASH_PHASE_SECONDS', 4);
/** Signatures per second, of both orgs in turn. */
const perSecond = setting('CRASH_RATE', 60);
const warmUps = 600;
/** What the neighbour's time may grow by. */
const allowed = 1.1;

type PhaseKind = 'calm' | 'trouble';
interface Trouble {
  name: string;
  begin(endpoint: PushEndpoint): Promise<void>;
  end(endpoint: PushEndpoint): Promise<void>;
}

const troubles: readonly Trouble[] = [
  {
    name: 'takes calls and never answers',
    begin: async (endpoint) => {
      endpoint.treat = () => ({ kind: 'silence' });
    },
    end: async (endpoint) => {
      endpoint.treat = () => well;
      endpoint.hangUp();
    },
  },
  {
    name: 'refuses connections',
    begin: (endpoint) => endpoint.close(),
    end: (endpoint) => endpoint.open(),
  },
];

/** Both orgs get signatures at a steady rate, while the other one's endpoint is now well and now in trouble. */
class PushNeighbourRun {
  private readonly phases: { kind: PhaseKind; from: number; to: number }[] = [];
  readonly signer: SteadySigner;

  constructor(
    private readonly crash: CrashFleet,
    private readonly trouble: Trouble,
    private readonly healthy: PushingOrg,
    private readonly other: PushingOrg,
    private readonly otherEndpoint: PushEndpoint,
    run: string,
  ) {
    const [gatewayUrl = ''] = crash.gatewayUrls;
    const pages = [healthy, other].map(({ org, page }) => ({ ...page, orgId: org.id, isConfirming: false }));
    this.signer = new SteadySigner({ gatewayUrl, pages, perSecond, run });
  }

  async start(): Promise<void> {
    await this.signer.warmUp(warmUps, 8);
    await waitFor(() => [this.healthy, this.other].every(({ org }) => this.signer.outstanding(org.id) === 0));
    this.signer.start();
    await pause(1_000);
  }

  async alternate(): Promise<void> {
    for (let index = 0; index < alternations; index += 1) {
      await this.phase('calm');
      // What was sent in calm arrives in calm.
      await this.arrived(this.healthy, performance.now());
      // From its first moment on, before anything has found out.
      await this.trouble.begin(this.otherEndpoint);
      await this.phase('trouble');
      const waiting = this.signer.outstanding(this.other.org.id);
      await this.trouble.end(this.otherEndpoint);
      const endedAt = performance.now();
      await this.arrived(this.other, endedAt);
      say(`${waiting} pushes waited, all there after ${Math.round(performance.now() - endedAt)} ms`);
      await pause(500);
    }
    await this.phase('calm');
  }

  /** Times of the healthy org's signatures: from its supporter's click to its endpoint. */
  blocks(kind: PhaseKind, isMine: (index: number) => boolean = () => true): Block[] {
    const own = this.phases.filter((phase) => phase.kind === kind).filter((_, index) => isMine(index));
    return own.flatMap((phase) => this.signer.latencies(this.healthy.org.id, phase));
  }

  /** After the last signature: all have what they should get. */
  async finish(): Promise<void> {
    for (const org of [this.healthy, this.other]) await this.arrived(org, performance.now());
  }

  private async phase(kind: PhaseKind): Promise<void> {
    const from = performance.now();
    await pause(phaseMs);
    this.phases.push({ kind, from, to: performance.now() });
  }

  /** What was sent before that moment has arrived. The schedule of the retries is not waited for. */
  private async arrived({ org }: PushingOrg, sentBefore: number): Promise<void> {
    await waitFor(async () => {
      if (this.signer.outstanding(org.id, sentBefore) === 0) return true;
      await makePushesDue(this.crash.fleet.sql);
      await pause(250);
      return false;
    });
  }
}

describe('an org beside one whose endpoint is dead', () => {
  let crash: CrashFleet;
  const endpoints: PushEndpoint[] = [];

  beforeAll(async () => {
    crash = await CrashFleet.create('push-neighbours');
    await crash.start();
    await crash.fleet.startOne('crm-forwarder');
    await crash.ready();
  });
  afterAll(async () => {
    await crash?.stop();
    for (const endpoint of endpoints) await endpoint.close();
  });

  async function anEndpoint(): Promise<PushEndpoint> {
    const endpoint = new PushEndpoint();
    endpoints.push(endpoint);
    await endpoint.open();
    return endpoint;
  }

  /** Nothing lost, nothing under another id, nothing waits. */
  async function expectWhole(signer: SteadySigner, { org }: PushingOrg, endpoint: PushEndpoint, run: string) {
    const ofOrg = [...signer.ledger].filter(([, { page, accepted }]) => page.orgId === org.id && accepted > 0);
    const accepted = new Set(ofOrg.map(([token]) => token));
    const { sql, home } = crash.fleet;
    const books = { sql, amqpUrl: home.infra.amqpUrl, endpoint, org, run, accepted };
    await waitFor(async () => Object.keys(await pushFaults(books)).length === 0).catch(() => undefined);
    expect(await pushFaults(books)).toEqual({});
  }

  it.each(troubles)(
    'has its actions as soon as ever while the other $name, and nothing is lost',
    async (trouble) => {
      const [endpoint, otherEndpoint] = [await anEndpoint(), await anEndpoint()];
      const healthy = await aPushingOrg(crash.fleet, endpoint.url);
      const other = await aPushingOrg(crash.fleet, otherEndpoint.url);
      const run = `w${randomBytes(4).toString('hex')}`;
      const mine = new PushNeighbourRun(crash, trouble, healthy, other, otherEndpoint, run);
      const { signer } = mine;
      for (const each of [endpoint, otherEndpoint]) each.onTaken = (token) => signer.received(token);
      await mine.start();
      await mine.alternate().finally(() => signer.stop());
      await mine.finish();

      // As in the test of neighbours: red when the whole 95 % interval lies above what is allowed; calm against calm shows how
      // much the machine can tell apart.
      const random = seededRandom(1);
      const control = quantileRatio(
        0.99,
        mine.blocks('calm', (index) => index % 2 === 0),
        mine.blocks('calm', (index) => index % 2 === 1),
        random,
      );
      const of = (part: number) => quantileRatio(part, mine.blocks('calm'), mine.blocks('trouble'), random);
      const figures = { median: of(0.5), p99: of(0.99) };
      say(`${trouble.name}: calm against calm: p99 ${inWords(control)}`);
      say(`${trouble.name}: trouble against calm: median ${inWords(figures.median)}; p99 ${inWords(figures.p99)}`);
      report(`push-neighbours-${trouble.name.replaceAll(' ', '-')}`, {
        calm: summaryOf(mine.blocks('calm')),
        trouble: summaryOf(mine.blocks('trouble')),
        control,
        ...figures,
        unknown: signer.unknown,
      });
      await expectWhole(signer, healthy, endpoint, run);
      await expectWhole(signer, other, otherEndpoint, run);
      expect(signer.unknown).toBe(0);
      expect(figures.median.low).toBeLessThanOrEqual(allowed);
      expect(figures.p99.low).toBeLessThanOrEqual(allowed);
    },
    alternations * (2 * phaseMs + 60_000) + 300_000,
  );
});
