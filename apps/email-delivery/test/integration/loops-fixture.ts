import { randomBytes } from 'node:crypto';
import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';
import { Catalogue, Database, LeaseRepository } from '@groundswell/persistence';
import type { TestDatabase } from '@groundswell/testing';
import type { EventPages, MailEvent, PageResult } from '../../src/events/mail-event';
import { MailgunSources } from '../../src/events/loops/mailgun-sources';
import { MailLoops } from '../../src/events/loops/mail-loops';
import { InProcessEventPages } from '../../src/events/processing/in-process.event-pages';
import { GeneratedLog, MailgunMock, WrittenLog, type EventLog } from '../providers/mailgun-mock';
import { EventFixture, type TestMail } from './event-fixture';

const quiet = { info: () => undefined, warn: () => undefined };

export interface PolledDomain {
  name: string;
  serviceId: number;
  mails: TestMail[];
  log: EventLog;
}

/** Something done around the storing of a page: tests stop, ask or fail there. */
export type AroundPage = (store: () => Promise<PageResult>, events: readonly MailEvent[]) => Promise<PageResult>;

/** The loops on a database of their own, with Mailgun on a port and a clock that is moved by hand. */
export class LoopsFixture {
  nowMs = Date.parse('2026-03-01T12:00:00Z');
  readonly warnings: object[] = [];
  private readonly envelope = SecretEnvelope.fromText(randomBytes(32).toString('base64url'));
  private readonly databases: Database[] = [];

  private constructor(
    readonly events: EventFixture,
    readonly mock: MailgunMock,
  ) {}

  static async create(shared?: TestDatabase): Promise<LoopsFixture> {
    await cryptoReady();
    let fixture: LoopsFixture | null = null;
    const mock = await new MailgunMock({ now: () => fixture?.nowMs ?? 0 }).start();
    fixture = new LoopsFixture(await EventFixture.create(shared), mock);
    await fixture.events.sql.query('delete from catalog.services');
    return fixture;
  }

  get sql() {
    return this.events.sql;
  }

  /** A Mailgun account with mails that were sent; its events come from `logOf` them. */
  async domain(name: string, mails: number, logOf: (mails: TestMail[]) => EventLog): Promise<PolledDomain> {
    const { rows } = await this.sql.query<{ id: string }>(
      `insert into catalog.services (org_id, name, host, "user", password) values ($1, 'mailgun', $2, $3, $4) returning id`,
      [this.events.orgId, this.mock.url, name, this.envelope.seal(`key of ${name}`)],
    );
    const serviceId = Number(rows[0]?.id);
    const made: TestMail[] = [];
    while (made.length < mails) {
      made.push(...(await this.events.mails(Math.min(20_000, mails - made.length), () => ({ serviceId }))));
    }
    const log = logOf(made);
    this.mock.addDomain(name, `key of ${name}`, log);
    return { name, serviceId, mails: made, log };
  }

  /** One that makes up its events; late, in bursts, whatever is asked for. */
  generated(name: string, mails: number, settings: Partial<ConstructorParameters<typeof GeneratedLog>[0]> = {}) {
    return this.domain(name, mails, (made) => {
      const idOf = (mail: number): number => made[mail]?.id ?? 0;
      const addressOf = (mail: number): string => made[mail]?.address ?? '';
      const span = { startMs: this.nowMs, spanMs: 1_800_000 };
      return new GeneratedLog({ mails, ...span, recipientOf: addressOf, deliveryIdOf: idOf, ...settings });
    });
  }

  written(name: string, mails: number) {
    return this.domain(name, mails, () => new WrittenLog());
  }

  /** A process of the service, as far as the loops are concerned. */
  async process({ around = (store) => store(), leaseMs = 60_000 }: { around?: AroundPage; leaseMs?: number } = {}) {
    const database = new Database(
      { url: this.events.database.urls.mail, applicationName: 'loops-test', poolSize: 4 },
      quiet,
    );
    this.databases.push(database);
    await database.connect(10_000);
    const catalogue = new Catalogue(database);
    await catalogue.refresh();
    const stored = new InProcessEventPages(this.events.storageOn(database));
    const pages: EventPages = { process: (events) => around(() => stored.process(events), events) };
    const sources = new MailgunSources(
      database,
      catalogue,
      this.envelope,
      { connectTimeoutMs: 60_000, allowPrivate: true, now: () => this.nowMs, wait: () => Promise.resolve() },
      [],
    );
    const logger = { info: () => undefined, warn: (fields: object) => void this.warnings.push(fields) } as never;
    const leases = new LeaseRepository('mail');
    const now = () => new Date(this.nowMs);
    const loops = new MailLoops(
      { database, leases, sources, pages, logger, now },
      { replicaId: 'test', leaseMs, retentionMs: 30 * 86_400_000, domainsAtOnce: 4, longestRunMs: 3_600_000 },
    );
    return { loops, catalogue, sources, database };
  }

  /** Ticks every five minutes of the clock until that time. */
  async tickUntil(loops: MailLoops, endMs: number): Promise<void> {
    while (this.nowMs < endMs) {
      this.nowMs += 300_000;
      while (await loops.run());
    }
  }

  /** What stands of each mail of a domain, and what should. */
  async compare({ serviceId, log }: PolledDomain): Promise<{ stored: string[]; truth: string[]; events: number }> {
    const rows = await this.events.rows<StoredMail>(storedSql, [serviceId]);
    const stored = rows.map((row) =>
      [row.id, row.delivered, row.opened, row.bounced, row.complained, row.unsubscribed, row.failure, row.events].join(
        '|',
      ),
    );
    const truth: string[] = [];
    let events = 0;
    for (const [id, mail] of log.truth()) {
      events += mail.events;
      const delivered = mail.bouncedUs === null ? mail.deliveredUs : null;
      const failed = mail.bouncedUs ?? mail.temporaryUs;
      const failure = failed === null ? null : `${mail.bouncedUs === null ? 'temporary' : 'permanent'} ${msOf(failed)}`;
      const times = [delivered, mail.openedUs, mail.bouncedUs, mail.complainedUs, mail.unsubscribedUs].map(msOf);
      if (mail.events > 0) truth.push([id, ...times, failure, mail.events].join('|'));
    }
    return { stored: stored.filter((line) => !line.endsWith('|0')).sort(), truth: truth.sort(), events };
  }

  async loopRow(name: string, domain: PolledDomain) {
    return this.events.row<{ status: string; startedAt: Date; finishedAt: Date | null; lastError: string | null }>(
      `select status, started_at as "startedAt", finished_at as "finishedAt", last_error as "lastError" from mail.loops
        where name = $1 and domain like $2`,
      [name, `${domain.serviceId}:%`],
    );
  }

  async close(): Promise<void> {
    for (const database of this.databases) await database.close();
    await this.mock.stop();
    await this.events.close();
  }
}

interface StoredMail {
  id: number;
  delivered: string | null;
  opened: string | null;
  bounced: string | null;
  complained: string | null;
  unsubscribed: string | null;
  failure: string | null;
  events: number;
}

const msOf = (us: number | null): string | null => (us === null ? null : String(Math.floor(us / 1000)));
const msSql = (column: string): string => `(extract(epoch from ${column}) * 1000)::bigint::text`;

const storedSql = `
select d.id, ${msSql('d.delivered_at')} as delivered, ${msSql('d.opened_at')} as opened, ${msSql('d.bounced_at')} as bounced,
       ${msSql('c.at')} as complained, ${msSql('e.unsubscribed')} as unsubscribed,
       f.severity || ' ' || ${msSql('f.failed_at')} as failure, coalesce(e.n, 0)::int as events
  from mail.deliveries d
  left join mail.complaints c on c.delivery_id = d.id
  left join mail.failures f on f.delivery_id = d.id
  left join (select delivery_id, count(*) as n, min(at) filter (where type = 'unsubscribed') as unsubscribed
               from mail.events group by delivery_id) e on e.delivery_id = d.id
 where d.service_id = $1`;
