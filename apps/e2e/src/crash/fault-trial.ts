import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { ApiClient } from '../api-client';
import { SmtpSink } from '../mail-sink';
import { pause } from './crash-fleet';
import { aCrashWorld, listen, type CrashWorld } from './crash-world';
import { FaultedFleet, type LinkName } from './faulted-fleet';
import { FaultyMailServer } from './faulty-mail-server';
import { FiguresWatch } from './figures-watch';
import { p99Ratio, type Block, type LatencyRatio } from './latency-ratio';
import { makeDue, settleMails, type MailFigures } from './mail-audit';
import { MailSigners } from './mail-signers';
import { aConfirmingOrg, aThankingOrg, keepCertificate, type MailingOrg } from './mail-world';
import type { NetworkFault } from './network-faults';
import { settle, type Faults } from './settlement';
import { SigningCrowd, type PhaseFigures } from './signing-crowd';
import { faultsOf } from './soak-part';
import { settleCounters } from './shown-counters';
import { SteadySigner } from './steady-signer';
import { StolenTime, type OwnSeconds } from './stolen-time';

const settleMs = 120_000;
/** Less than the time for which figures stand that nobody confirms (60 s), so that counters which stay behind are seen. */
const countersMs = 30_000;
/** People also sign while things come back. */
const afterwardsMs = 3_000;
const thinkMs = 300;
/** Mails asked for per second, thank-yous and confirms in turn; and of the org whose mail server is well. */
const mailsPerSecond = 8;
const neighbourPerSecond = 8;

/** A call that is not answered ends soon, and so does one whose process has lost its database. */
const mailerSettings = {
  PROVIDER_CONNECT_TIMEOUT_MS: '1000',
  PROVIDER_TIMEOUT_MS: '1500',
  CALL_LEASE_MS: '6000',
  TIDY_INTERVAL: '500',
  CALLS_PER_ACCOUNT: '4',
};
const settings = {
  'topology-service': { BROKER_RETRY_FIRST_MS: '200', BROKER_RETRY_MAX_MS: '2000' },
  'action-ingest': { REPLICA_ID: 'action-ingest', PROCESS_OLD_INTERVAL: '2000' },
};

interface Span {
  from: number;
  to: number;
}

export interface FaultEnd {
  signing: PhaseFigures;
  /** Accepted by way of the spool. */
  spooled: number;
  /** All mails so far, and those of them that are left to an operator. */
  mails: MailFigures;
  unknownMails: number;
  /** Lag from click to mail server of the org whose mail server is well: during the fault, as a multiple of before. */
  neighbour: LatencyRatio;
  /** Before and during the fault. */
  ownSeconds: OwnSeconds[];
  neighbourUnknown: number;
  neighbourMails: number;
  neighbourMailsUnknown: number;
  settleSeconds: number;
  /** What the counters showed that they may not. */
  wrongFigures: string[];
  faults: Faults;
}

/** People sign, are thanked and asked to confirm, and look at counters, while a way between services and a server fails. */
export class FaultTrial {
  private readonly stolen = new StolenTime();
  private phases = 0;
  private unknownBefore = 0;
  private mailsGiven = 0;
  private neighbourSigner: SteadySigner | null = null;
  /** Recipient → how often. */
  private readonly neighbourTaken = new Map<string, number>();

  private constructor(
    private readonly faulted: FaultedFleet,
    private readonly world: CrashWorld,
    private readonly mailing: MailingOrg[],
    private readonly neighbour: MailingOrg,
    private readonly server: FaultyMailServer,
    private readonly neighbourSink: SmtpSink,
    private readonly crowd: SigningCrowd,
    private readonly signers: MailSigners,
    private readonly runs: { crowd: string; mails: string },
  ) {}

  static async start(purpose: string): Promise<FaultTrial> {
    const server = new FaultyMailServer(seededRandom(1), 'all');
    await server.sink.start();
    let trial: FaultTrial | null = null;
    const { certificate } = server.sink;
    const neighbourSink = new SmtpSink({
      certificate,
      onMail: ({ to: [recipient = ''] }) => trial?.neighbourGot(recipient),
    });
    await neighbourSink.start();
    const faulted = await FaultedFleet.create(purpose, server.sink.url);
    try {
      const { fleet } = faulted.crash;
      const NODE_EXTRA_CA_CERTS = keepCertificate(fleet, server.sink);
      await faulted.start({ ...settings, 'email-delivery': { ...mailerSettings, NODE_EXTRA_CA_CERTS } });
      const world = await aCrashWorld(fleet);
      await listen(fleet, world);
      const host = faulted.lines.smtp.over(server.sink.url, 'localhost');
      const mailing = [await aThankingOrg(fleet, host), await aConfirmingOrg(fleet, host)];
      const neighbour = await aThankingOrg(fleet, neighbourSink.url);
      for (const { org } of [...mailing, neighbour]) await fleet.crmLogin(org.id);
      const random = randomBytes(4).toString('hex');
      const runs = { crowd: `n${random}`, mails: `m${random}` };
      const { gatewayUrl } = fleet;
      const crowd = new SigningCrowd({ gatewayUrl, pages: world.pages, run: runs.crowd, people: 12, thinkMs });
      const pageIds = mailing.map(({ page }) => page.id);
      const signers = new MailSigners({ gatewayUrl, pageIds, run: runs.mails, concurrency: 8 });
      signers.start();
      trial = new FaultTrial(faulted, world, mailing, neighbour, server, neighbourSink, crowd, signers, runs);
      return trial;
    } catch (error) {
      await faulted.stop();
      throw error;
    }
  }

  /** So long all is well, so long the fault lasts, in turn; then what it left behind is looked at. */
  async phase(link: LinkName, fault: NetworkFault, faultMs: number, alternations: number): Promise<FaultEnd> {
    const { sql } = this.faulted.crash.fleet;
    const spooledBefore = await this.spooledSoFar();
    const watch = new FiguresWatch(
      () => this.gateway,
      this.campaignIds,
      () => ({ most: Infinity, rejections: 0 }),
    );
    const signer = this.newNeighbourSigner();
    const feeding = setInterval(() => this.giveMails(mailsPerSecond / 4), 250);
    watch.start();
    signer.start();
    const [calm, trouble]: [Span[], Span[]] = [[], []];
    const during = async (spans: Span[]): Promise<void> => {
      const from = performance.now();
      await pause(faultMs);
      spans.push({ from, to: performance.now() });
    };
    const signing = await this.crowd
      .signDuring(async () => {
        for (let index = 0; index < alternations; index += 1) {
          await during(calm);
          fault.begin(this.faulted.lines[link]);
          await during(trouble);
          this.faulted.lines[link].heal();
          await pause(afterwardsMs);
        }
      })
      .finally(() => {
        clearInterval(feeding);
        this.faulted.lines[link].heal();
      });
    await Promise.all([signer.stop(), watch.stop()]);
    const healedAt = performance.now();
    const spooled = (await this.spooledSoFar()) - spooledBefore;
    await this.faulted.crash.ready();
    await this.crowd.repeatUnaccepted();
    const faults = await this.settleAll(signer);
    const mails = await settleMails(this.mailBooks, settleMs);
    const counters = await settleCounters(
      { sql, gateway: () => this.gateway, campaignIds: this.campaignIds },
      countersMs,
    );
    const twice = [...this.neighbourTaken].filter(([, times]) => times > 1);
    const settleSeconds = (performance.now() - healedAt) / 1_000;
    const unknown = mails.figures.byState['unknown'] ?? 0;
    const unknownMails = unknown - this.unknownBefore;
    this.unknownBefore = unknown;
    const before = this.lags(signer, calm);
    const meanwhile = this.lags(signer, trouble);
    return {
      signing,
      spooled,
      mails: mails.figures,
      unknownMails,
      neighbour: p99Ratio(before.own, meanwhile.own, seededRandom(1)),
      ownSeconds: [before, meanwhile].map(({ own, seconds }) => ({ all: seconds, kept: own.length })),
      neighbourUnknown: signer.unknown,
      neighbourMails: signer.ledger.size,
      neighbourMailsUnknown: await this.neighbourMailsUnknown(signer),
      settleSeconds,
      wrongFigures: watch.wrong,
      faults: { ...faults, ...mails.faults, ...faultsOf({ counters, 'another org mailed twice': twice }) },
    };
  }

  async stop(): Promise<void> {
    await this.signers.stop();
    this.crowd.leave();
    this.stolen.stop();
    await this.world.arrivals.stop();
    await this.faulted.stop();
    await Promise.all([this.server.sink.stop(), this.neighbourSink.stop()]);
  }

  private lags(signer: SteadySigner, spans: Span[]): { seconds: number; own: Block[] } {
    const of = (counted?: (from: number, to: number) => boolean): Block[] =>
      spans.flatMap((span) => signer.latencies(this.neighbour.org.id, span, counted));
    return { seconds: of().length, own: of(this.stolen.isOurs) };
  }

  private async settleAll(signer: SteadySigner): Promise<Faults> {
    const { sql } = this.faulted.crash.fleet;
    const { amqpUrl } = this.faulted.crash.home.infra;
    const { arrivals } = this.world;
    await waitFor(() => this.signers.accepted >= this.mailsGiven, settleMs);
    await waitFor(async () => {
      // The schedule of retries is not waited for.
      await makeDue(sql);
      // Those of which nobody knows are left to an operator, here as with the org whose mail server fails.
      return signer.outstanding(this.neighbour.org.id) <= (await this.neighbourMailsUnknown(signer));
    }, settleMs);
    const books = { sql, amqpUrl, run: this.runs.crowd, ledger: this.crowd.ledger, arrivals, counters: null };
    return (await settle(books, settleMs)).faults;
  }

  private async neighbourMailsUnknown({ run }: SteadySigner): Promise<number> {
    const { rows } = await this.faulted.crash.fleet.sql.query<{ n: number }>(
      `select count(*)::int as n from mail.deliveries d join actions.actions a on a.id = d.action_id
        where d.state = 'unknown' and a.fields->>'token' like $1 || '-%'`,
      [run],
    );
    return rows[0]?.n ?? 0;
  }

  private get mailBooks() {
    const [, confirming] = this.mailing;
    return {
      sql: this.faulted.crash.fleet.sql,
      server: this.server,
      run: this.runs.mails,
      accepted: this.mailsGiven,
      confirmingPages: new Set([confirming?.page.id ?? 0]),
    };
  }

  private newNeighbourSigner(): SteadySigner {
    this.phases += 1;
    const { gatewayUrl } = this.faulted.crash.fleet;
    const page = { ...this.neighbour.page, orgId: this.neighbour.org.id, isConfirming: false };
    const run = `${this.runs.crowd}b${this.phases}`;
    const signer = new SteadySigner({ gatewayUrl, pages: [page], perSecond: neighbourPerSecond, run });
    this.neighbourSigner = signer;
    return signer;
  }

  private neighbourGot(recipient: string): void {
    this.neighbourTaken.set(recipient, (this.neighbourTaken.get(recipient) ?? 0) + 1);
    this.neighbourSigner?.received(recipient.split('@')[0] ?? '');
  }

  private giveMails(count: number): void {
    this.mailsGiven += count;
    this.signers.allow(count);
  }

  private get gateway(): ApiClient {
    return this.faulted.crash.fleet.anonymous;
  }

  private get campaignIds(): number[] {
    return [...new Set(this.world.pages.map(({ campaignId }) => campaignId))];
  }

  private async spooledSoFar(): Promise<number> {
    const text = await (await fetch(`${this.faulted.crash.fleet.gatewayUrl}/metrics`)).text();
    return Number(/^groundswell_gateway_accepted_total\{[^}]*path="spool"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
  }
}
