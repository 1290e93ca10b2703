import { loadedCampaign, loadStoredActions } from '../tools/loading/stored-actions.mjs';
import { waitUntil } from '../tools/process/wait.mjs';
import { say } from '../tools/setup/progress.mjs';
import { measureCpu, perPiece } from './harness/cpu.mjs';
import { connectTo } from './harness/database.mjs';
import { summarise, summariseRatios } from './harness/figures.mjs';
import { startProgram } from './harness/program.mjs';
import { beside, whole } from './harness/text-table.mjs';
import { counterDeltas } from './load/counter-deltas.mjs';
import { statsBody } from './load/stats-request.mjs';

const CONNECTIONS = 64;
const CAMPAIGNS = 20;
const WARM_UP = 4_000;
const ROUND_MAX_MS = 20_000;
const HALF_LOAD_SECONDS = 5;
/** The first count of the largest size, on a busy machine. */
const COUNT_MAX_MS = 1_800_000;
const APPLY_MAX_MS = 120_000;
/** Actions per delta: a quiet fleet's, and those of one in a rush. */
const BATCHES = [1, 100];
const TARGET_FLAT = 0.9;

const secondsOf = async (work) => {
  const startedAt = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - startedAt) / 1_000 };
};

/**
 * What counters cost at several sizes of the tables: a campaign's figures read through GraphQL, a delta applied, all counted
 * anew. Beside a scan of all actions, which is what a read costs without counters, and a bare program that reads one hash.
 */
class StatsBench {
  constructor(bench) {
    Object.assign(this, bench);
  }

  async run() {
    this.database = await connectTo(this.environment.infra.databaseUrl);
    this.client = startProgram('load', 'http-load.mjs');
    try {
      const sizes = [];
      for (const actions of this.options.sizes) sizes.push(await this.measureSize(actions));
      return this.result(sizes);
    } finally {
      await this.client.stop();
      await this.database.end();
    }
  }

  async measureSize(actions) {
    this.signal.throwIfAborted();
    const { seconds: loadSeconds } = await secondsOf(() => this.fill(actions));
    this.say(`${whole(actions)} actions stored in ${loadSeconds.toFixed(1)} s`);
    const scan = await this.scan();
    if (!this.product) return { actions, loadSeconds, scan };
    const { result: service, seconds: countSeconds } = await secondsOf(() => this.countFirst());
    this.say(`counted in ${countSeconds.toFixed(1)} s, by a plain scan in ${scan.seconds.toFixed(1)} s`);
    try {
      await this.checkFigures(scan.supporters);
      const reads = await this.measureReads();
      const updates = {};
      for (const perDelta of BATCHES) updates[perDelta] = await this.applyDeltas(service, perDelta, scan.supporters);
      return { actions, loadSeconds, scan, countSeconds, reads, updates };
    } finally {
      await this.product.stop('stats-service');
    }
  }

  async fill(actions) {
    await this.database.query('truncate actions.supporters, actions.actions cascade');
    await loadStoredActions(this.database, { count: actions, campaigns: CAMPAIGNS });
    await this.database.query('checkpoint');
    const { rows } = await this.database.query(
      `select c.id::int as "campaignId", c.name, json_agg(json_build_object('pageId', p.id, 'orgId', p.org_id)) as pages
         from catalog.campaigns c join catalog.action_pages p on p.campaign_id = c.id
        where c.name = any($1) group by c.id order by c.name`,
      [Array.from({ length: CAMPAIGNS }, (_, index) => loadedCampaign(index + 1))],
    );
    this.places = rows;
  }

  /** The seed's way: a look at all actions; of all campaigns, and of the largest as each read of it would cost. */
  async scan() {
    const ids = this.places.map(({ campaignId }) => campaignId);
    const { countersRecountSql } = this.libs;
    const all = await secondsOf(() => this.database.query(countersRecountSql, [ids]));
    const largest = await secondsOf(() => this.database.query(countersRecountSql, [[ids[0]]]));
    const supporters = new Map(ids.map((id) => [id, 0]));
    for (const { campaignId, kind, count } of all.result.rows) {
      if (kind === 'org') supporters.set(Number(campaignId), supporters.get(Number(campaignId)) + count);
    }
    return { seconds: all.seconds, largestMs: largest.seconds * 1_000, supporters };
  }

  /** From the start of the process until everything is counted, stored and in Redis. */
  async countFirst() {
    const service = await this.product.start('stats-service', { env: { SYNC_INTERVAL: '0' }, isAwaited: false });
    const isCounted = async () => {
      const { rows } = await this.database.query('select counted_at is not null as "isCounted" from stats.state');
      return rows[0].isCounted;
    };
    await waitUntil('everything is counted', isCounted, this.patience(COUNT_MAX_MS));
    return service;
  }

  get gatewayPort() {
    return this.product.running.get('api-gateway').port;
  }

  async ask(number) {
    const response = await fetch(`http://127.0.0.1:${this.gatewayPort}/api`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: statsBody(number),
    });
    return (await response.json()).data?.campaign ?? null;
  }

  /** Each campaign as it must be by now: what is read is right. */
  async checkFigures(supporters) {
    if (!this.product.running.has('api-gateway')) await this.product.start('api-gateway');
    for (let number = 1; number <= CAMPAIGNS; number += 1) {
      const isRight = async () => {
        const campaign = await this.ask(number);
        return campaign !== null && campaign.stats.supporterCount === supporters.get(campaign.id);
      };
      await waitUntil(`figures of campaign ${number} are right`, isRight, this.patience(20_000));
    }
  }

  async measureReads() {
    const floor = startProgram('floors', 'stats-floor.mjs');
    try {
      const keys = this.libs.statsKeysOf(new URL(this.environment.infra.databaseUrl).pathname.slice(1));
      const keysByName = Object.fromEntries(
        this.places.map(({ name, campaignId }) => [name, keys.campaign(campaignId)]),
      );
      const { redisUrl } = this.environment.infra;
      const floorPort = await floor.ask('open', { redisUrl, keys: keysByName });
      const ports = { floor: floorPort, product: this.gatewayPort };
      for (const port of Object.values(ports)) await this.load(port, { count: WARM_UP });
      const rounds = { floor: [], product: [] };
      for (let round = 1; round <= this.options.rounds; round += 1) {
        const names = round % 2 ? ['floor', 'product'] : ['product', 'floor'];
        for (const name of names) rounds[name].push(await this.readRound(ports[name]));
      }
      const perSecond = summarise(rounds.product.map((run) => run.perSecond));
      const halfLoad = await this.halfLoad(ports.product, perSecond.median / 2);
      this.say(`${whole(perSecond.median)} reads/s${beside(rounds.product[0])}`);
      const ratio = summariseRatios(
        rounds.product.map((run) => run.perSecond),
        rounds.floor.map((run) => run.perSecond),
      );
      return {
        perSecond,
        p99AtFullLoad: summarise(rounds.product.map(({ latency }) => latency.p99)),
        floor: { perSecond: summarise(rounds.floor.map((run) => run.perSecond)) },
        ratio,
        halfLoad,
      };
    } finally {
      await floor.ask('close');
      await floor.stop();
    }
  }

  async readRound(port) {
    const { postgres } = this.environment.infra;
    const gateway = this.product.running.get('api-gateway');
    const cpu = measureCpu({ gateway: gateway.pid, postgres: postgres.pid, client: this.client.pid });
    const run = await this.load(port, { count: this.options.count });
    return { ...run, ...perPiece(cpu(), run.good) };
  }

  async halfLoad(port, rate) {
    const { latency } = await this.load(port, { rate, count: Math.ceil(rate * HALF_LOAD_SECONDS) });
    return { rate, latency };
  }

  async load(port, input) {
    const fixed = { port, connections: CONNECTIONS, numbers: CAMPAIGNS, firstPerson: 1, maxMs: ROUND_MAX_MS };
    const run = await this.client.ask('readStats', { ...fixed, expect: '"supporterCount":', ...input });
    if (run.bad > 0) throw new Error(`${run.bad} of ${run.sent} answers were bad, such as\n${run.badSample}`);
    return run;
  }

  /** Publishes deltas as action-ingest does and waits until they are applied; CPU per stored action. Moves `supporters` on. */
  async applyDeltas(service, perDelta, supporters) {
    const count = perDelta === 1 ? Math.ceil(this.options.count / 10) : this.options.count;
    const { rows } = await this.database.query(
      `select c.number::int as number from actions.counter_numbers c order by c.partition`,
    );
    const numbers = rows.map(({ number }) => number);
    const deltas = [...counterDeltas(this.places, numbers, { count, perDelta })];
    // As if the actions had been stored: numbers that nobody has given away are not believed.
    await this.database.query(
      `update actions.counter_numbers set number = n.number
         from unnest($1::int[]) with ordinality as n (number, place) where partition = place - 1`,
      [numbers],
    );
    const { postgres, redis } = this.environment.infra;
    const cpu = measureCpu({ 'stats-service': service.pid, postgres: postgres.pid, redis: redis.pid });
    const { seconds } = await secondsOf(async () => {
      this.publish(deltas);
      await waitUntil('deltas are applied', () => this.areApplied(numbers), this.patience(APPLY_MAX_MS));
    });
    const spent = cpu();
    for (const { campaignId, byOrg } of deltas.flatMap(({ campaigns }) => campaigns)) {
      supporters.set(
        campaignId,
        Object.values(byOrg).reduce((all, one) => all + one, supporters.get(campaignId)),
      );
    }
    await this.checkFigures(supporters);
    return { count, perSecond: count / seconds, ...perPiece(spent, count) };
  }

  publish(deltas) {
    const { channel } = this.sides.product;
    const { exchanges, factKeys } = this.libs;
    for (const delta of deltas) {
      const messageId = `counters:${delta.partition}:${delta.number}`;
      const options = { persistent: true, contentType: 'application/json', messageId };
      channel.publish(exchanges.event, factKeys.counters, Buffer.from(JSON.stringify(delta)), options);
    }
  }

  async areApplied(numbers) {
    const { rows } = await this.database.query('select partition, number::int from stats.partitions');
    return numbers.every((number, partition) =>
      rows.some((row) => row.partition === partition && row.number >= number),
    );
  }

  patience = (deadlineMs) => ({ deadlineMs, everyMs: 20, signal: this.signal });
  say = (text) => say(`             … ${text}`);

  result(sizes) {
    const plain = sizes.map(({ scan: { seconds, largestMs }, ...size }) => ({ ...size, scan: { seconds, largestMs } }));
    if (!this.product || sizes.length < 2) return { campaigns: CAMPAIGNS, connections: CONNECTIONS, sizes: plain };
    const [smallest, largest] = [plain[0], plain.at(-1)];
    // By the floor, which reads a hash of the same size: minutes lie between the two.
    const flat = largest.reads.ratio.median / smallest.reads.ratio.median;
    const targets = [
      {
        name: `reads ÷ bare hash, at ${whole(largest.actions)} ÷ at ${whole(smallest.actions)} actions`,
        figure: flat,
        atLeast: TARGET_FLAT,
      },
    ];
    return { campaigns: CAMPAIGNS, connections: CONNECTIONS, sizes: plain, targets };
  }
}

export const benchStats = (bench) => new StatsBench(bench).run();
