import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../tools/setup/progress.mjs';
import { measureCpu, perPiece } from './harness/cpu.mjs';
import { connectTo } from './harness/database.mjs';
import { benchDir } from './harness/environment.mjs';
import { summarise, summariseRatios } from './harness/figures.mjs';
import { aggregateProfile, profiledEnv, profileWhile } from './harness/profile.mjs';
import { startProgram } from './harness/program.mjs';
import { beside, whole } from './harness/text-table.mjs';
import { buildSubmissions } from './load/submissions.mjs';

const CONNECTIONS = 64;
const WARM_UP = 4_000;
const ROUND_MAX_MS = 20_000;
const HALF_LOAD_SECONDS = 5;
export const TARGET_RATIO = 0.5;
export const TARGET_P99_MS = 50;

/**
 * addActionContact per second: the floor and the gateway take turns, each with its own queues, which are emptied before every
 * round. The load client is a process of its own, and counts an answer only when it holds a contactRef.
 */
class AcceptBench {
  nextPerson = 1;

  constructor(bench) {
    Object.assign(this, bench);
    this.queues = Array.from({ length: this.libs.partitionCount }, (_, n) => this.libs.ingestQueue(n));
  }

  async load(side, input) {
    const firstPerson = this.nextPerson;
    this.nextPerson += input.count;
    const fixed = { port: side.port, pageId: this.scope.pageId, connections: CONNECTIONS, expect: '"contactRef":"' };
    return this.client.ask('run', { ...fixed, maxMs: ROUND_MAX_MS, ...input, firstPerson });
  }

  /** One round, and the proof that every good answer is a message in a queue. */
  async round(side, input) {
    await side.broker.purge(this.queues);
    await sleep(300);
    const { rabbit, postgres } = this.environment.infra;
    const cpu = measureCpu({
      server: side.pid(),
      rabbitmq: rabbit.pid,
      postgres: postgres.pid,
      client: this.client.pid,
    });
    const run = await this.load(side, input);
    const spent = cpu();
    const queued = await side.broker.ready(this.queues);
    if (run.bad > 0)
      throw new Error(`${side.name}: ${run.bad} of ${run.sent} answers were bad, such as\n${run.badSample}`);
    const spooled = await side.spooled();
    if (queued + spooled !== run.good) {
      throw new Error(`${side.name}: ${run.good} answers, but ${queued} messages queued and ${spooled} spooled`);
    }
    return { ...run, spooled, ...perPiece(spent, run.good) };
  }

  /** A submission as the product publishes it; without the product, as the contract has it. */
  async sampleSubmission() {
    if (!this.product) return buildSubmissions(this.libs, this.scope, { count: 1 })[0].body.toString();
    const side = this.productSide;
    await side.broker.purge(this.queues);
    const run = await this.load(side, { count: 1, connections: 1 });
    if (run.good !== 1) throw new Error(`the gateway does not accept the bench's signature:\n${run.badSample}`);
    const message = await side.broker.takeOne(this.queues);
    if (!message) throw new Error('the gateway answered, but no message came to the ingest queues (is it spooling?)');
    return message.content.toString();
  }

  async openProductSide() {
    const gateway = this.product.running.get('api-gateway') ?? (await this.product.start('api-gateway'));
    const database = await connectTo(this.environment.infra.databaseUrl);
    this.closing.push(() => database.end());
    const spooled = `select count(*)::int as rows from catalog.outbox where exchange = '${this.libs.exchanges.ingest}'`;
    this.productSide = {
      name: 'product',
      broker: this.sides.product,
      port: gateway.port,
      pid: () => gateway.pid,
      spooled: async () => (await database.query(spooled)).rows[0].rows,
    };
  }

  async openFloorSide(sample) {
    const floor = startProgram('floors', 'accept-floor.mjs');
    this.closing.push(() => floor.stop());
    const { amqpUrl } = this.sides.floor;
    const { exchanges, partitionCount: partitions } = this.libs;
    const { port } = await floor.ask('start', { amqpUrl, exchange: exchanges.ingest, partitions, sample });
    const spooled = () => Promise.resolve(0);
    this.floorSide = { name: 'floor', broker: this.sides.floor, port, pid: () => floor.pid, spooled };
  }

  async run() {
    this.closing = [];
    this.client = startProgram('load', 'http-load.mjs');
    this.closing.push(() => this.client.stop());
    try {
      if (this.product) await this.openProductSide();
      const sample = await this.sampleSubmission();
      await this.openFloorSide(sample);
      const contenders = [this.floorSide, this.productSide].filter(Boolean);
      for (const side of contenders) await this.round(side, { count: WARM_UP });
      const rounds = await this.measureRounds(contenders);
      const halfLoad = await this.measureHalfLoad(contenders, rounds);
      const breakdown = this.product && this.options.hasBreakdown ? await this.profileGateway() : null;
      return this.result({ rounds, halfLoad, breakdown, submissionBytes: Buffer.byteLength(sample) });
    } finally {
      for (const close of this.closing.reverse()) await close();
    }
  }

  async measureRounds(contenders) {
    const rounds = { floor: [], product: [] };
    for (let round = 1; round <= this.options.rounds; round += 1) {
      for (const side of contenders) {
        this.signal.throwIfAborted();
        const run = await this.round(side, { count: this.options.count });
        rounds[side.name].push(run);
        say(
          `             … round ${round}: ${side.name} ${whole(run.perSecond)}/s, p99 ${run.latency.p99.toFixed(1)} ms${beside(run)}`,
        );
      }
    }
    return rounds;
  }

  /** Both at half of what the product did (of what the floor did, without it), sent on schedule however slow the answers. */
  async measureHalfLoad(contenders, rounds) {
    const runs = rounds.product.length > 0 ? rounds.product : rounds.floor;
    const rate = Math.max(1, Math.round(summarise(runs.map((run) => run.perSecond)).median / 2));
    const result = { rate, seconds: HALF_LOAD_SECONDS };
    for (const side of contenders) {
      const run = await this.round(side, { count: rate * HALF_LOAD_SECONDS, rate });
      const { latency, perSecond, spooled, othersShare } = run;
      result[side.name] = { latency, perSecond, spooled, othersShare };
      say(`             … half load: ${side.name} p99 ${latency.p99.toFixed(1)} ms${beside(run)}`);
    }
    return result;
  }

  /** One more, shorter round of a gateway that is being watched; its speed counts for nothing. */
  async profileGateway() {
    await this.product.stop('api-gateway');
    const file = benchDir('accept.cpuprofile');
    const gateway = await this.product.start('api-gateway', { env: profiledEnv(file) });
    const side = { ...this.productSide, port: gateway.port, pid: () => gateway.pid };
    await this.round(side, { count: WARM_UP });
    const count = Math.min(this.options.count, 10_000);
    const { profile } = await profileWhile(gateway, file, () => this.round(side, { count }));
    return { file, signatures: count, profile: aggregateProfile(profile) };
  }

  result({ rounds, halfLoad, breakdown, submissionBytes }) {
    const perSecond = (runs) => runs.map((run) => run.perSecond);
    const describe = (runs) => ({
      perSecond: summarise(perSecond(runs)),
      p99AtFullLoad: summarise(runs.map((run) => run.latency.p99)),
      cpuMicros: medianOfEach(runs.map((run) => run.cpuMicros)),
      othersShare: summarise(runs.map((run) => run.othersShare)),
      spooled: runs.reduce((total, run) => total + run.spooled, 0),
    });
    const result = { submissionBytes, connections: CONNECTIONS, floor: describe(rounds.floor), halfLoad };
    if (rounds.product.length === 0) return result;
    const ratio = summariseRatios(perSecond(rounds.product), perSecond(rounds.floor));
    return { ...result, product: describe(rounds.product), ratio, targets: targetsOf(ratio, halfLoad), breakdown };
  }
}

const targetsOf = (ratio, halfLoad) => [
  { name: 'accept ÷ its floor', figure: ratio.median, atLeast: TARGET_RATIO },
  { name: 'accept p99 at half load, ms', figure: halfLoad.product.latency.p99, atMost: TARGET_P99_MS },
];

export const medianOfEach = (records) =>
  Object.fromEntries(
    Object.keys(records[0]).map((name) => [
      name,
      records[0][name] === null ? null : summarise(records.map((record) => record[name])).median,
    ]),
  );

export const benchAccept = (bench) => new AcceptBench(bench).run();
