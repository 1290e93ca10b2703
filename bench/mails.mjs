import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileSync } from 'node:fs';
import PostalMime from 'postal-mime';
import { say } from '../tools/setup/progress.mjs';
import { waitUntil } from '../tools/process/wait.mjs';
import { medianOfEach } from './accept.mjs';
import { measureCpu, perPiece } from './harness/cpu.mjs';
import { connectTo } from './harness/database.mjs';
import { benchDir } from './harness/environment.mjs';
import { summarise, summariseRatios } from './harness/figures.mjs';
import { fillDeliveries, useMailServer } from './harness/mail-scope.mjs';
import { aggregateProfile, profiledEnv, profileWhile } from './harness/profile.mjs';
import { startProgram } from './harness/program.mjs';
import { statementTable, watchStatements } from './harness/statements.mjs';
import { beside, whole } from './harness/text-table.mjs';

/** Those of SmtpConnections, for both. */
const CONNECTIONS = 5;
const PER_CONNECTION = 100;
const ROUND_MAX_MS = 120_000;
const TARGET_RATIO = 0.7;

/**
 * Thank-yous per second, from rows that are due to the mail server: rendered, looked at once more, sent, and their end written.
 * The floor sends as many mails of the same bytes over as many connections. Both start cold, in a process of their own.
 */
class MailBench {
  constructor(bench) {
    Object.assign(this, bench);
  }

  async run() {
    // The gateway would only be in the way: it looks for changes of the catalogue every 2 s.
    if (this.product) await this.product.stop('api-gateway');
    const { databaseUrl } = this.environment.infra;
    this.sink = startProgram('load', 'mail-sink.mjs');
    this.database = await connectTo(databaseUrl);
    try {
      this.server = await this.sink.ask('start');
      this.certificate = benchDir('mail-sink.pem');
      writeFileSync(this.certificate, this.server.cert);
      const password = this.libs.SecretEnvelope.fromText(this.environment.secrets.envelopeKey).seal('secret');
      await useMailServer(databaseUrl, this.scope, { port: this.server.port, password });
      this.sample = await this.sampleMail();
      const rounds = await this.measure();
      return this.result(rounds, this.product && this.options.hasBreakdown ? await this.breakDown() : null);
    } finally {
      await this.database.end();
      await this.sink.stop();
    }
  }

  /** A mail as the product makes it, for the floor to send. */
  async sampleMail() {
    if (!this.product)
      return { subject: 'Thank you', html: `<p>${'x'.repeat(6_000)}</p>`, text: 'Thank you', headers: {} };
    await this.productRound(1);
    const { subject, html, text, headers } = await PostalMime.parse(await this.sink.ask('lastMail'));
    const extra = headers.filter(({ key }) => key.startsWith('list-') || key.startsWith('x-groundswell'));
    const asText = Object.fromEntries(extra.map(({ key, value }) => [key, value]));
    return { subject, html, text: text?.trimEnd(), headers: asText };
  }

  async measure() {
    const rounds = { floor: [], product: [] };
    for (let round = 1; round <= this.options.rounds; round += 1) {
      const contenders = this.product ? ['floor', 'product'] : ['floor'];
      for (const name of round % 2 ? contenders : contenders.reverse()) {
        this.signal.throwIfAborted();
        const run = await (name === 'floor' ? this.floorRound() : this.productRound(this.options.count));
        rounds[name].push(run);
        say(`             … round ${round}: ${name} ${whole(run.perSecond)}/s${beside(run)}`);
      }
    }
    return rounds;
  }

  async floorRound() {
    const { count } = this.options;
    const { headers, ...mail } = this.sample;
    const { port, cert: ca } = this.server;
    const limits = { connections: CONNECTIONS, perConnection: PER_CONNECTION };
    const from = { name: this.scope.orgTitle, address: 'office@bench.example.org' };
    const floor = startProgram('floors', 'mail-floor.mjs');
    try {
      return await this.clocked(floor.pid, count, () =>
        floor.ask('send', { port, ca, ...limits, count, mail: { ...mail, from }, headers }),
      );
    } finally {
      await floor.stop();
    }
  }

  /** `aroundWork(service, work)` runs `work`, the measured part. */
  async productRound(count, { env = {}, aroundWork = (_service, work) => work() } = {}) {
    await fillDeliveries(this.database, this.scope, count);
    const settings = {
      NODE_EXTRA_CA_CERTS: this.certificate,
      ALLOW_PRIVATE_HOSTS: 'true',
      EMAIL_SRS_KEY: 'bench',
    };
    const service = await this.product.start('email-delivery', { env: { ...settings, ...env }, isAwaited: false });
    const sending = () =>
      this.clocked(service.pid, count, () => waitUntil('all mails are sent', () => this.isSent(count), patience(this)));
    try {
      return await aroundWork(service, sending);
    } finally {
      await this.product.stop('email-delivery');
    }
  }

  async isSent(count) {
    if ((await this.sink.ask('taken')).mails < count) return false;
    const { rows } = await this.database.query(
      `select count(*)::int as open from mail.deliveries where state in ('queued', 'sending')`,
    );
    return rows[0].open === 0;
  }

  /** From the first mail at the server to the last one; and the proof that each came once. */
  async clocked(pid, count, work) {
    await this.sink.ask('reset');
    await sleep(300);
    const cpu = measureCpu({ sender: pid, postgres: this.environment.infra.postgres.pid, sink: this.sink.pid });
    await work();
    const spent = cpu();
    const taken = await this.sink.ask('taken');
    if (taken.mails !== count || taken.distinct !== count) {
      throw new Error(`${count} mails, but ${taken.mails} came to the server, ${taken.distinct} of them different`);
    }
    return {
      perSecond: (1_000 * (count - 1)) / (taken.lastAt - taken.firstAt),
      perSecondWarm: (1_000 * (count - 1 - (count >> 2))) / (taken.lastAt - taken.quarterAt),
      mailBytes: Math.round(taken.bytes / count),
      connections: taken.connections,
      ...perPiece(spent, count),
    };
  }

  /** One more round that is being watched; its speed counts for nothing. */
  async breakDown() {
    const { count } = this.options;
    const file = benchDir('mails.cpuprofile');
    const watch = await watchStatements(this.environment.infra.databaseUrl);
    try {
      let statements;
      const watched = async (service, work) => {
        const running = work();
        running.catch(() => {});
        const hasBegun = async () => (await this.sink.ask('taken')).mails > 0;
        await waitUntil('the first mail has come', hasBegun, patience(this));
        await watch.start();
        const { profile } = await profileWhile(service, file, () => running);
        statements = await watch.end();
        return { profile };
      };
      const { profile } = await this.productRound(count, { env: profiledEnv(file), aroundWork: watched });
      return { file, mails: count, profile: aggregateProfile(profile), statements: statementTable(statements, count) };
    } finally {
      await watch.close();
    }
  }

  result({ floor, product }, breakdown) {
    const perSecond = (runs) => runs.map((run) => run.perSecond);
    const describe = (runs) => ({
      perSecond: summarise(perSecond(runs)),
      perSecondWarm: summarise(runs.map((run) => run.perSecondWarm)),
      cpuMicros: medianOfEach(runs.map((run) => run.cpuMicros)),
      othersShare: summarise(runs.map((run) => run.othersShare)),
      mailBytes: runs[0].mailBytes,
      connections: summarise(runs.map((run) => run.connections)).median,
    });
    const result = { connections: CONNECTIONS, perConnection: PER_CONNECTION, floor: describe(floor), breakdown };
    if (product.length === 0) return result;
    const ratio = summariseRatios(perSecond(product), perSecond(floor));
    const targets = [{ name: 'mails ÷ pooled nodemailer', figure: ratio.median, atLeast: TARGET_RATIO }];
    return { ...result, product: describe(product), ratio, targets };
  }
}

const patience = ({ signal }) => ({ deadlineMs: ROUND_MAX_MS, everyMs: 100, signal });

export const benchMails = (bench) => new MailBench(bench).run();
