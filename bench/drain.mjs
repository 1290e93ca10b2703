import { say } from '../tools/setup/progress.mjs';
import { medianOfEach } from './accept.mjs';
import { DrainRound } from './harness/drain-round.mjs';
import { benchDir } from './harness/environment.mjs';
import { summarise, summariseRatios } from './harness/figures.mjs';
import { aggregateProfile, profiledEnv, profileWhile } from './harness/profile.mjs';
import { startProgram } from './harness/program.mjs';
import { statementTable, watchStatements } from './harness/statements.mjs';
import { beside, whole } from './harness/text-table.mjs';
import { crmMessageParts } from './load/crm-message.mjs';
import { buildSubmissions } from './load/submissions.mjs';

const IN_FLIGHT = 40;
const DUPLICATE_SHARE = 0.1;
const FLOOR_QUEUE = 'floor.in';
export const TARGET_RATIO = 0.6;
export const TARGET_OVER_ONE_BY_ONE = 3;

/**
 * Submissions → stored and delivered, per second. All start from full queues and empty tables, in a process of their own that
 * starts cold; what is measured begins with the first message taken and ends when all lie in the CRM queue.
 */
class DrainBench {
  constructor(bench) {
    Object.assign(this, bench);
    this.parts = crmMessageParts(this.libs, this.scope);
    const { floor, product } = this.sides;
    const { infra } = this.environment;
    const { crmQueue, exchanges, ingestQueue, partitionCount } = this.libs;
    const outQueue = crmQueue(this.scope.orgName);
    const onFloor = {
      side: floor,
      databaseUrl: infra.floorDatabaseUrl,
      inQueues: [FLOOR_QUEUE],
      outQueue,
      fill: { queue: FLOOR_QUEUE },
    };
    this.contenders = {
      sequential: { ...onFloor, name: 'sequential', spawn: () => this.spawnFloor('drain-floor.mjs', { lanes: 1 }) },
      lanes: { ...onFloor, name: 'lanes', spawn: () => this.spawnFloor('drain-floor.mjs', { lanes: 3 }) },
      oneByOne: {
        ...onFloor,
        name: 'oneByOne',
        share: 0.2,
        spawn: () => this.spawnFloor('one-by-one.mjs', { inFlight: IN_FLIGHT }),
      },
    };
    if (!this.product) return;
    this.contenders.product = {
      name: 'product',
      side: product,
      databaseUrl: infra.databaseUrl,
      inQueues: Array.from({ length: partitionCount }, (_, n) => ingestQueue(n)),
      outQueue,
      fill: { exchange: exchanges.ingest },
      hasOutbox: true,
      spawn: (env) => this.spawnIngest(env),
    };
  }

  /** Starts without waiting: the round watches the queues for the first sign of work. */
  spawnFloor(file, input) {
    const program = startProgram('floors', file);
    const target = {
      amqpUrl: this.sides.floor.amqpUrl,
      databaseUrl: this.environment.infra.floorDatabaseUrl,
      queue: FLOOR_QUEUE,
      exchange: this.libs.exchanges.deliver,
      routingKey: this.libs.deliverKey(this.scope.orgName, 'custom'),
      parts: this.parts,
    };
    const failed = program.ask('start', { ...target, ...input }).then(() => new Promise(() => {}));
    failed.catch(() => {});
    return { pid: program.pid, failed, stop: () => program.stop() };
  }

  async spawnIngest(env) {
    const service = await this.product.start('action-ingest', { env, isAwaited: false });
    const failed = service.exited.then(({ code, signal }) => {
      throw new Error(`action-ingest ended with ${code ?? signal}, see ${service.log}`);
    });
    failed.catch(() => {});
    return { pid: service.pid, failed, service, stop: () => this.product.stop('action-ingest') };
  }

  round(contender, messages, hooks) {
    this.signal.throwIfAborted();
    const own = contender.share ? messages.slice(0, Math.ceil(messages.length * contender.share)) : messages;
    return new DrainRound(contender, own, this.environment.infra, this.signal).run(hooks);
  }

  async run() {
    // The gateway would only be in the way: it looks for changes of the catalogue every 2 s.
    if (this.product) await this.product.stop('api-gateway');
    const unique = buildSubmissions(this.libs, this.scope, { count: this.options.count });
    const rounds = await this.measure(Object.values(this.contenders), unique, this.options.rounds, '');
    const messages = buildSubmissions(this.libs, this.scope, {
      count: this.options.count,
      duplicateShare: DUPLICATE_SHARE,
    });
    const pair = [this.contenders.sequential, this.contenders.product].filter(Boolean);
    const duplicates = await this.measure(pair, messages, Math.min(2, this.options.rounds), ', 10 % duplicates');
    const breakdown = this.options.hasBreakdown ? await this.breakDown(unique) : null;
    return this.result(rounds, duplicates, breakdown, unique);
  }

  /** Rounds of all contenders; each round begins with another one of them. */
  async measure(contenders, messages, count, note) {
    const rounds = Object.fromEntries(contenders.map(({ name }) => [name, []]));
    for (let round = 0; round < count; round += 1) {
      for (let turn = 0; turn < contenders.length; turn += 1) {
        const contender = contenders[(round + turn) % contenders.length];
        const run = await this.round(contender, messages);
        rounds[contender.name].push(run);
        say(`             … round ${round + 1}${note}: ${contender.name} ${whole(run.perSecond)}/s${beside(run)}`);
      }
    }
    return rounds;
  }

  /** One watched round each of the floor and of action-ingest; their speed counts for nothing. */
  async breakDown(messages) {
    const { sequential, product } = this.contenders;
    const floor = await this.watchedRound(sequential, messages, {}, (_handle, work) => work());
    if (!product) return { floor };
    const file = benchDir('drain.cpuprofile');
    let profile;
    const profiled = async (handle, work) => {
      const watched = await profileWhile(handle.service, file, work);
      profile = watched.profile;
      return watched.result;
    };
    const { statements } = await this.watchedRound(product, messages, profiledEnv(file), profiled);
    return { floor, product: { statements, profile: aggregateProfile(profile), file } };
  }

  async watchedRound(contender, messages, env, aroundWork) {
    const watch = await watchStatements(contender.databaseUrl);
    let seen;
    const watched = (handle, work) =>
      aroundWork(handle, async () => {
        await watch.start();
        const run = await work();
        seen = await watch.end();
        return run;
      });
    try {
      await this.round(contender, messages, { env, aroundWork: watched });
      return { statements: statementTable(seen, messages.length) };
    } finally {
      await watch.close();
    }
  }

  result(rounds, duplicates, breakdown, messages) {
    const bytes = messages.reduce((total, { body }) => total + body.length, 0) / messages.length;
    const result = {
      submissionBytes: Math.round(bytes),
      floors: {
        sequential: describe(rounds.sequential),
        lanes: describe(rounds.lanes),
        oneByOne: describe(rounds.oneByOne),
      },
      inFlight: IN_FLIGHT,
      duplicates: { share: DUPLICATE_SHARE, sequential: describe(duplicates.sequential) },
      breakdown,
    };
    if (!rounds.product) return result;
    const against = (floor) => summariseRatios(speeds(rounds.product), speeds(floor));
    result.product = describe(rounds.product);
    result.ratios = {
      sequential: against(rounds.sequential),
      lanes: against(rounds.lanes),
      oneByOne: against(rounds.oneByOne),
    };
    result.duplicates.product = describe(duplicates.product);
    result.duplicates.ratio = summariseRatios(speeds(duplicates.product), speeds(duplicates.sequential));
    result.targets = [
      { name: 'drain ÷ sequential floor', figure: result.ratios.sequential.median, atLeast: TARGET_RATIO },
      { name: 'drain ÷ one by one', figure: result.ratios.oneByOne.median, atLeast: TARGET_OVER_ONE_BY_ONE },
    ];
    return result;
  }
}

const speeds = (runs) => runs.map((run) => run.perSecond);

const describe = (runs) => ({
  perSecond: summarise(speeds(runs)),
  perSecondWarm: summarise(runs.map((run) => run.perSecondWarm)),
  cpuMicros: medianOfEach(runs.map((run) => run.cpuMicros)),
  othersShare: summarise(runs.map((run) => run.othersShare)),
  crmBytes: Math.round(runs[0].crmBytes),
  published: summarise(runs.map((run) => run.delivered)).median,
});

export const benchDrain = (bench) => new DrainBench(bench).run();
