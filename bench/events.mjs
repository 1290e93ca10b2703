import { createHmac } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { bundle } from '../tools/build/bundle.mjs';
import { inDist, inRoot } from '../tools/paths.mjs';
import { say } from '../tools/setup/progress.mjs';
import { medianOfEach } from './accept.mjs';
import { measureCpu, perPiece } from './harness/cpu.mjs';
import { connectTo } from './harness/database.mjs';
import { summarise, summariseRatios } from './harness/figures.mjs';
import { startProgram } from './harness/program.mjs';
import { beside, whole } from './harness/text-table.mjs';
import { addressOf, mailsFor } from './load/mail-events.mjs';

const TARGET_PER_SECOND = 5_000;
const ADDRESS_KEY = Buffer.alloc(32, 1);
const EMPTIED = [
  'deliveries',
  'events',
  'failures',
  'suppressions',
  'complaints',
  'contact_seen',
  'outbox',
  'mailings',
];

const inMail = (names) => names.map((name) => `mail.${name}`).join(', ');

async function bundleProgram() {
  const libs = inDist('bench', 'event-libs.mjs');
  const worker = inDist('bench', 'event-pages.worker.mjs');
  await bundle({
    [libs]: inRoot('bench', 'load', 'event-libs.mjs'),
    [worker]: inRoot('apps', 'email-delivery', 'src', 'events', 'processing', 'event-pages.worker.ts'),
  });
  return { libs: pathToFileURL(libs).href, worker };
}

/**
 * Events of a mailing applied per second, page after page as a loop has them: looked up, stored once, times, failures,
 * contacts and the mailing counted. The floor inserts the same events as rows and does nothing else. Both have one
 * connection and begin warm, on tables that hold only this mailing.
 */
class EventBench {
  constructor(bench) {
    Object.assign(this, bench);
  }

  async run() {
    const { infra } = this.environment;
    this.database = await connectTo(infra.databaseUrl);
    const programs = { floor: startProgram('floors', 'event-floor.mjs') };
    if (this.options.hasProduct) programs.product = startProgram('load', 'event-program.mjs');
    const parts = this.options.hasProduct ? await bundleProgram() : {};
    const settings = { ...parts, databaseUrl: infra.databaseUrl, addressKey: ADDRESS_KEY.toString('hex') };
    try {
      for (const program of Object.values(programs)) await program.ask('open', settings);
      for (const program of Object.values(programs)) await this.round(program, Math.min(3_000, this.options.count));
      const rounds = await this.measure(programs);
      for (const program of Object.values(programs)) await program.ask('close');
      return this.result(rounds);
    } finally {
      for (const program of Object.values(programs)) await program.stop();
      await this.database.end();
    }
  }

  async measure(programs) {
    const rounds = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
    for (let round = 1; round <= this.options.rounds; round += 1) {
      const names = Object.keys(programs);
      for (const name of round % 2 ? names : names.reverse()) {
        this.signal.throwIfAborted();
        const run = await this.round(programs[name], this.options.count);
        rounds[name].push(run);
        say(`             … round ${round}: ${name} ${whole(run.perSecond)}/s${beside(run)}`);
      }
    }
    return rounds;
  }

  async round(program, count) {
    const ids = await this.fill(mailsFor(count));
    const cpu = measureCpu({ program: program.pid, postgres: this.environment.infra.postgres.pid });
    const seconds = await program.ask('apply', { ids, count });
    const spent = cpu();
    const { rows } = await this.database.query('select count(*)::int as events from mail.events');
    if (rows[0].events !== count) throw new Error(`${count} events, but ${rows[0].events} were stored`);
    return { perSecond: count / seconds, ...perPiece(spent, count) };
  }

  /** Empty tables, then the mails of one mailing, sent. Returns their ids. */
  async fill(count) {
    await this.database.query(`truncate ${inMail(EMPTIED)} cascade`);
    const mailing = await this.database.query(
      `insert into mail.mailings (purpose, org_id) values ('bench', 1) returning id`,
    );
    const numbers = Array.from({ length: count }, (_, index) => index);
    const hashes = numbers.map((index) =>
      createHmac('sha256', ADDRESS_KEY).update(addressOf(index)).digest().subarray(0, 16),
    );
    const { rows } = await this.database.query(
      `insert into mail.deliveries (purpose, kind, org_id, state, action_id, ref, mailing_id, address_hash, provider_message_id)
       select 'bench:' || n, 'mailing', 1, 'sent', n, sha256(h), $1, h, '<20260301100000.' || n || '@mg.example.org>'
         from unnest($2::bytea[]) with ordinality as m (h, n) order by n returning id::int`,
      [mailing.rows[0].id, hashes],
    );
    await this.database.query('analyze mail.deliveries');
    await this.database.query('checkpoint');
    return rows.map(({ id }) => id);
  }

  result({ floor, product }) {
    const perSecond = (runs) => runs.map((run) => run.perSecond);
    const describe = (runs) => ({
      perSecond: summarise(perSecond(runs)),
      cpuMicros: medianOfEach(runs.map((run) => run.cpuMicros)),
      othersShare: summarise(runs.map((run) => run.othersShare)),
    });
    const result = { floor: describe(floor) };
    if (!product) return result;
    const described = describe(product);
    const targets = [
      { name: 'mail events per second', figure: described.perSecond.median, atLeast: TARGET_PER_SECOND },
    ];
    return { ...result, product: described, ratio: summariseRatios(perSecond(product), perSecond(floor)), targets };
  }
}

export const benchEvents = (bench) => new EventBench(bench).run();
