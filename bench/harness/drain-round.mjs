import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../tools/process/wait.mjs';
import { prefill } from '../load/submissions.mjs';
import { measureCpu, perPiece } from './cpu.mjs';
import { connectTo } from './database.mjs';

const FIRST_SIGN_MS = 90_000;
const WATCH_EVERY_MS = 20;

/** One round of one contender: fill, start, watch from outside, check what it claims to have done, clean up. */
export class DrainRound {
  constructor(contender, messages, infra, signal) {
    Object.assign(this, contender);
    this.messages = messages;
    this.count = messages.length;
    this.infra = infra;
    this.signal = signal;
  }

  /** `env` for the process that drains; `aroundWork(handle, work)` runs `work`, the measured part. */
  async run({ env, aroundWork = (_handle, work) => work() } = {}) {
    this.database = await connectTo(this.databaseUrl);
    try {
      await this.prepare();
      const handle = await this.spawn(env);
      try {
        await Promise.race([this.untilFirstSign(), handle.failed]);
        const run = await aroundWork(handle, () => Promise.race([this.watch(handle), handle.failed]));
        await this.untilSettled();
        await handle.stop();
        return { ...run, ...(await this.check()) };
      } catch (error) {
        await handle.stop().catch(() => {});
        throw error;
      }
    } finally {
      await this.database.end();
    }
  }

  /** Empty tables and queues, then the queues filled, and no checkpoint left over that would fall into the round. */
  async prepare() {
    const { rows } = await this.database.query(
      `select string_agg(format('actions.%I', tablename), ', ') as names from pg_tables
        where schemaname = 'actions' and tablename <> 'counter_numbers'`,
    );
    await this.database.query(`truncate ${rows[0].names}`);
    await this.side.purge([...this.inQueues, this.outQueue]);
    await prefill(this.side, this.messages, this.fill);
    const isFull = async () => (await this.side.ready(this.inQueues)) === this.count;
    await waitUntil(`${this.count} submissions are queued`, isFull, { deadlineMs: 20_000, signal: this.signal });
    await this.database.query('checkpoint');
    await sleep(300);
  }

  /** Until a message has been taken. The clock starts with the last look that still saw all of them. */
  async untilFirstSign() {
    const deadline = performance.now() + FIRST_SIGN_MS;
    for (;;) {
      this.signal.throwIfAborted();
      this.startedAt = performance.now();
      const left = await this.side.ready(this.inQueues);
      if (left < this.count) return;
      if (this.startedAt > deadline) throw new Error(`${this.name}: took no message within ${FIRST_SIGN_MS / 1000} s`);
      await sleep(5);
    }
  }

  async watch({ pid }) {
    const { rabbit, postgres } = this.infra;
    const cpu = measureCpu({ worker: pid, rabbitmq: rabbit.pid, postgres: postgres.pid });
    const deadline = this.startedAt + 60_000 + this.count * 10;
    let quarter = null;
    for (;;) {
      this.signal.throwIfAborted();
      const delivered = await this.side.ready([this.outQueue]);
      const now = performance.now();
      if (!quarter && delivered >= this.count / 4) quarter = { at: now, delivered };
      if (delivered >= this.count) {
        const spent = perPiece(cpu(), this.count);
        const seconds = (now - this.startedAt) / 1000;
        const warm = (delivered - quarter.delivered) / ((now - quarter.at) / 1000);
        return {
          seconds,
          perSecond: this.count / seconds,
          // All came in one step: there is no second part to measure.
          perSecondWarm: now > quarter.at ? warm : this.count / seconds,
          ...spent,
        };
      }
      if (now > deadline)
        throw new Error(`${this.name}: ${delivered} of ${this.count} delivered ${await this.parked()}`);
      await sleep(WATCH_EVERY_MS);
    }
  }

  /** Outside of what is measured: the rows of what was sent go a moment later than the messages. */
  async untilSettled() {
    if (!this.hasOutbox) return;
    const isEmpty = async () => (await this.database.query('select 1 from actions.outbox limit 1')).rowCount === 0;
    await waitUntil(`the outbox of ${this.name} is empty`, isEmpty, { deadlineMs: 20_000, signal: this.signal });
  }

  /** Everything stored once, nothing left or parked, and each action in the CRM queue. */
  async check() {
    const counted = (table) => `(select count(*)::int from actions.${table}) as ${table}`;
    const { rows } = await this.database.query(
      `select ${['supporters', 'contacts', 'actions', 'parked'].map(counted).join(', ')}`,
    );
    const { supporters, contacts, actions, parked } = rows[0];
    if (supporters !== this.count || contacts !== this.count || actions !== this.count || parked > 0) {
      throw new Error(`${this.name}: stored ${JSON.stringify(rows[0])} for ${this.count} ${await this.parked()}`);
    }
    const left = await this.side.ready(this.inQueues);
    if (left > 0) throw new Error(`${this.name}: ${left} submissions came back to the queue`);
    const ids = new Set();
    let bytes = 0;
    const delivered = await this.side.takeAll(this.outQueue, await this.side.ready([this.outQueue]), (message) => {
      bytes += message.content.length;
      ids.add(/"actionId":(\d+)/.exec(message.content.toString())?.[1]);
    });
    if (ids.size !== this.count)
      throw new Error(`${this.name}: ${ids.size} of ${this.count} actions reached the CRM queue`);
    return { delivered, crmBytes: bytes / delivered };
  }

  async parked() {
    const { rows } = await this.database.query(
      'select reason, count(*)::int as messages from actions.parked group by reason order by 2 desc limit 5',
    );
    return rows.length > 0 ? `(parked: ${JSON.stringify(rows)})` : '';
  }
}
