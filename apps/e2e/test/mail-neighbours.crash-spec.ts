import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashFleet, pause } from '../src/crash/crash-fleet';
import { report, say, setting } from '../src/crash/crash-report';
import { refusingHost, silentHost, type DeadMailHost } from '../src/crash/dead-mail-host';
import { inWords, quantileRatio, summaryOf, type Block } from '../src/crash/latency-ratio';
import { aThankingOrg, keepCertificate, mailsNobody, mailsThrough, type MailingOrg } from '../src/crash/mail-world';
import { SteadySigner } from '../src/crash/steady-signer';
import { SmtpSink } from '../src/mail-sink';

/** Alone, calm and trouble in turn, so many times. */
const alternations = setting('CRASH_ALTERNATIONS', 3);
const phaseMs = 1_000 * setting('CRASH_PHASE_SECONDS', 8);
/** Signatures per second, of both orgs in turn. */
const perSecond = setting('CRASH_RATE', 40);
const warmUps = 600;
/** What the neighbour's lag may grow by. */
const allowed = 1.1;

type PhaseKind = 'alone' | 'calm' | 'trouble';
const hosts: { name: string; open: () => Promise<DeadMailHost> }[] = [
  { name: 'takes connections and says nothing', open: silentHost },
  { name: 'refuses connections', open: refusingHost },
];

/** Both orgs get signatures at a steady rate. The other one mails nobody (alone), then through a server that is well (calm), then
 *  through a dead one (trouble). */
class MailNeighbourRun {
  private readonly phases: { kind: PhaseKind; from: number; to: number }[] = [];
  readonly signer: SteadySigner;

  constructor(
    private readonly crash: CrashFleet,
    private readonly healthy: MailingOrg,
    private readonly other: MailingOrg,
    /** Where the other's mail server is while it is well. */
    private readonly wellUrl: string,
    private readonly deadUrl: string,
  ) {
    const [gatewayUrl = ''] = crash.gatewayUrls;
    const pages = [healthy, other].map(({ org, page }) => ({ ...page, orgId: org.id, isConfirming: false }));
    this.signer = new SteadySigner({ gatewayUrl, pages, perSecond, run: `n${randomBytes(4).toString('hex')}` });
  }

  async start(): Promise<void> {
    await this.signer.warmUp(warmUps, 8);
    await this.otherIsDone();
    await this.leaveAlone();
    this.signer.start();
    await pause(1_000);
  }

  async alternate(): Promise<void> {
    for (let index = 0; index < alternations; index += 1) {
      await this.phase('alone');
      await mailsThrough(this.other.org, this.wellUrl);
      await pause(2_000);
      await this.phase('calm');
      // From its first moment on, before anything has found out that it is dead.
      await mailsThrough(this.other.org, this.deadUrl);
      await this.phase('trouble');
      await mailsThrough(this.other.org, this.wellUrl);
      await this.otherIsDone();
      await this.leaveAlone();
    }
  }

  /** Lags of the healthy org's mails: from its supporter's click to the mail server. */
  blocks(kind: PhaseKind): Block[] {
    const own = this.phases.filter((phase) => phase.kind === kind);
    return own.flatMap((phase) => this.signer.latencies(this.healthy.org.id, phase));
  }

  /** After the last signature: all have what they should get. */
  async finish(): Promise<void> {
    await waitFor(() => this.signer.outstanding(this.healthy.org.id) === 0);
    await mailsThrough(this.other.org, this.wellUrl);
    await pause(2_000);
    await this.otherIsDone();
  }

  private async phase(kind: PhaseKind): Promise<void> {
    const from = performance.now();
    await pause(phaseMs);
    this.phases.push({ kind, from, to: performance.now() });
  }

  private async leaveAlone(): Promise<void> {
    await mailsNobody(this.other.org);
    // Until the fleet has noticed. What was asked for meanwhile waits until the next trouble is over.
    await pause(2_000);
  }

  /** The other's server is well: what is older than a moment has gone out. */
  private async otherIsDone(): Promise<void> {
    await waitFor(async () => {
      await pause(500);
      const { rows } = await this.crash.fleet.sql.query<{ waiting: number }>(
        `with due as (
           update mail.deliveries set next_attempt_at = now()
            where state = 'queued' and next_attempt_at > now() and claimed_until is null)
         select count(*)::int as waiting from mail.deliveries
          where org_id = $1 and state in ('queued', 'sending') and created_at < now() - interval '1 second'`,
        [this.other.org.id],
      );
      return rows[0]?.waiting === 0;
    });
  }
}

describe('an org beside one whose mail server is dead', () => {
  let crash: CrashFleet;
  let run: MailNeighbourRun | undefined;
  /** Recipient → how often. */
  const taken = new Map<string, number>();

  const sink = new SmtpSink({
    onMail: ({ to: [recipient = ''] }) => {
      run?.signer.received(recipient.split('@')[0] ?? '');
      taken.set(recipient, (taken.get(recipient) ?? 0) + 1);
    },
  });

  beforeAll(async () => {
    await sink.start();
    crash = await CrashFleet.create('mail-neighbours');
    await crash.start();
    await crash.fleet.startOne('email-delivery', { NODE_EXTRA_CA_CERTS: keepCertificate(crash.fleet, sink) });
    await crash.ready();
  });
  afterAll(async () => {
    await crash?.stop();
    await sink.stop();
  });

  it.each(hosts)(
    'has its mail out as fast as ever while the other $name, and nothing is lost or doubled',
    async ({ name, open }) => {
      const host = await open();
      // One server, and an account for each.
      const [healthy, other] = [await aThankingOrg(crash.fleet, sink.url), await aThankingOrg(crash.fleet, sink.url)];
      for (const { org } of [healthy, other]) await crash.fleet.crmLogin(org.id);
      const mine = (run = new MailNeighbourRun(crash, healthy, other, sink.url, host.url));
      const { signer } = mine;
      try {
        await mine.start();
        await mine.alternate();
      } finally {
        await signer.stop();
        host.close();
      }
      await mine.finish();

      // As in the test of neighbours: red when the whole 95 % interval lies above what is allowed.
      const random = seededRandom(1);
      const of = (part: number, base: PhaseKind, compared: PhaseKind) =>
        quantileRatio(part, mine.blocks(base), mine.blocks(compared), random);
      const figures = { median: of(0.5, 'calm', 'trouble'), p99: of(0.99, 'calm', 'trouble') };
      // What the other's mails cost while all is well, and what chance gives: without it the figures above say little.
      const alone = { median: of(0.5, 'alone', 'calm'), p99: of(0.99, 'alone', 'calm') };
      say(`${name}: calm against alone: median ${inWords(alone.median)}; p99 ${inWords(alone.p99)}`);
      say(`${name}: trouble against calm: median ${inWords(figures.median)}; p99 ${inWords(figures.p99)}`);
      report(`mail-neighbours-${name.replaceAll(' ', '-')}`, {
        alone: summaryOf(mine.blocks('alone')),
        calm: summaryOf(mine.blocks('calm')),
        trouble: summaryOf(mine.blocks('trouble')),
        ...figures,
        deadConnections: host.connections,
        unknown: signer.unknown,
      });
      expect(signer.unknown).toBe(0);
      expect([...taken].filter(([, times]) => times > 1)).toEqual([]);
      const { rows } = await crash.fleet.sql.query(
        `select state, error, count(*)::int as n from mail.deliveries where state <> 'sent' group by 1, 2`,
      );
      expect(rows).toEqual([]);
      expect(figures.median.low).toBeLessThanOrEqual(allowed);
      expect(figures.p99.low).toBeLessThanOrEqual(allowed);
    },
    alternations * (3 * phaseMs + 60_000) + 300_000,
  );
});
