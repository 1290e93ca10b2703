import { pathToFileURL } from 'node:url';
import { bundle } from '../tools/build/bundle.mjs';
import { inDist, inRoot } from '../tools/paths.mjs';
import { say } from '../tools/setup/progress.mjs';
import { connectTo } from './harness/database.mjs';
import { summarise } from './harness/figures.mjs';
import { cycleTime, ENDS_AT, loadCampaign, TARGETS } from './harness/mtt-campaign.mjs';
import { startProgram } from './harness/program.mjs';
import { whole } from './harness/text-table.mjs';

const MOST_MS = 1_000;
/** Beside the whole campaign, one of a tenth: planning must cost the same. */
const SHARES = [0.1, 1];
/** The first ones make up for those before them, as many messages as a cycle may plan; `flush` measures such a cycle. */
const WARM_CYCLES = 6;
/** By then targets are due at different times. */
const FIRST_CYCLE = 60;

async function bundleProgram() {
  const libs = inDist('bench', 'mtt-libs.mjs');
  await bundle({ [libs]: inRoot('bench', 'load', 'mtt-libs.mjs') });
  return pathToFileURL(libs).href;
}

/**
 * Planning one cycle of a campaign half way through its two weeks: from the question which campaigns run to the committed
 * mail requests. Beside it, what counting all its messages by target costs alone, as planning without kept counts would.
 */
class MttPlanBench {
  constructor(bench) {
    Object.assign(this, bench);
  }

  async run() {
    if (!this.options.hasProduct) return { sizes: [], targets: [] };
    const { databaseUrl } = this.environment.infra;
    this.database = await connectTo(databaseUrl);
    this.program = startProgram('load', 'mtt-program.mjs');
    try {
      await this.program.ask('open', { libs: await bundleProgram(), databaseUrl });
      const sizes = [];
      for (const share of SHARES) sizes.push(await this.measure(Math.round(this.options.messages * share)));
      await this.program.ask('close');
      return this.result(sizes);
    } finally {
      await this.program.stop();
      await this.database.end();
    }
  }

  async measure(messages) {
    this.campaignId = await loadCampaign(this.database, messages, this.campaignId);
    this.nextCycle = FIRST_CYCLE;
    const rounds = [];
    for (let round = 1 - WARM_CYCLES; round <= this.options.rounds; round += 1) {
      this.signal.throwIfAborted();
      const planned = await this.cycle(cycleTime((this.nextCycle += 1)));
      if (round < 1) continue;
      rounds.push({ ...planned, countingMs: await this.countAll() });
      say(
        `             … ${whole(messages)} messages, cycle ${round}: ${whole(planned.messages)} planned in ${whole(planned.ms)} ms`,
      );
    }
    // What comes due at once when everything is due: as many as MAX_MESSAGES_PER_CYCLE lets go.
    const flush = await this.cycle(new Date(Date.parse(ENDS_AT) + 60_000).toISOString());
    return { messages, rounds, flush };
  }

  async cycle(now) {
    const planned = await this.program.ask('plan', { now });
    const { rows } = await this.database.query(
      `select (body::json->>'messageId')::int as id from mtt.outbox order by id`,
    );
    if (rows.length !== planned.messages) throw new Error(`${planned.messages} planned, ${rows.length} requests`);
    const tellingMs = await this.program.ask('tell', { messageIds: rows.map(({ id }) => id), at: now });
    await this.database.query('truncate mtt.outbox');
    return { ...planned, tellingMs };
  }

  async countAll() {
    const startedAt = performance.now();
    const { rows } = await this.database.query(
      `select target_id, count(*), count(*) filter (where state <> 'pending') from mtt.message_states
        where campaign_id = $1 and dupe_rank = 0 and not testing group by target_id`,
      [this.campaignId],
    );
    if (rows.length !== TARGETS) throw new Error(`${rows.length} targets`);
    return performance.now() - startedAt;
  }

  result(measured) {
    const sizes = measured.map(({ messages, rounds, flush }) => ({
      messages,
      planned: summarise(rounds.map((round) => round.messages)),
      ms: summarise(rounds.map((round) => round.ms)),
      countingMs: summarise(rounds.map((round) => round.countingMs)),
      flush,
    }));
    const largest = sizes.at(-1);
    const name = `ms of the longest cycle, ${whole(largest.messages)} messages`;
    return { sizes, targetCount: TARGETS, targets: [{ name, figure: largest.ms.max, atMost: MOST_MS }] };
  }
}

export const benchMttPlan = (bench) => new MttPlanBench(bench).run();
