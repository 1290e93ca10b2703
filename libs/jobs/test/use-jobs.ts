import { Client } from 'pg';
import { createTestDatabase, isTransientFault, openDatabase, type TestDatabase } from '@groundswell/testing';
import {
  JobQueue,
  JobReadModel,
  JobRunner,
  type JobDatabase,
  type JobHandler,
  type JobType,
  type JobView,
} from '../src/index';
import type { JobRunnerOptions, RunnerSettings } from '../src/index';

type Opened = Awaited<ReturnType<typeof openDatabase>>;

export interface LogLine {
  level: string;
  text: string;
  [field: string]: unknown;
}

const never = new Promise<never>(() => undefined);

/** A process's way to the database, which a test can freeze (calls wait) or take away for ever (calls never end). */
class Line implements JobDatabase {
  isDead = false;
  /** The next transaction is committed, and the process never learns of it. */
  losesAnswer = false;
  private isFrozen = false;
  private thawed: Promise<void> = Promise.resolve();
  private letGo: () => void = () => undefined;

  constructor(private readonly database: Opened) {}

  freeze(): void {
    if (this.isFrozen) return;
    this.isFrozen = true;
    this.thawed = new Promise((resolve) => (this.letGo = resolve));
  }
  thaw(): void {
    this.isFrozen = false;
    this.letGo();
  }
  run: JobDatabase['run'] = (work) => this.pass(() => this.database.run(work));
  transaction: JobDatabase['transaction'] = async (work) => {
    const result = await this.pass(() => this.database.transaction(work));
    if (!this.losesAnswer) return result;
    this.losesAnswer = false;
    throw Object.assign(new Error('read'), { code: 'ECONNRESET' });
  };

  private async pass<T>(call: () => Promise<T>): Promise<T> {
    await this.thawed;
    if (this.isDead) return never;
    try {
      return await call();
    } catch (error) {
      if (this.isDead) return never;
      throw error;
    }
  }
}

export interface Worker {
  runner: JobRunner;
  line: Line;
  lines: LogLine[];
  /** As kill -9: nothing is handed back, and what is in a transaction is rolled back. */
  kill(): Promise<void>;
}

type Handlers = [type: JobType, run: JobHandler['run']][];

/** Leases end when a test says so (`runOutLeases`), and not when the machine stalls. */
export const quick: Partial<RunnerSettings> = {
  pollMs: 25,
  leaseMs: 600_000,
  graceMs: 20_000,
  figuresEveryMs: 60_000,
};

/** A database with job tables per test file, and processes that run jobs in its schema `actions`. */
export const useJobs = () => {
  let database: TestDatabase;
  let sql: Client;
  let own: Opened;
  const opened: Opened[] = [];
  let workers: Worker[] = [];
  let made = 0;
  const queue = new JobQueue('actions');

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = new Client({ connectionString: database.urls.owner });
    await sql.connect();
    own = await openDatabase(database.urls.ingest, 'test-own');
    opened.push(own);
    await sql.query('create table actions.effects (id serial primary key, job bigint, step int, attempt int)');
    await sql.query('grant all on actions.effects, actions.effects_id_seq to gs_ingest');
  });
  afterEach(async () => {
    await Promise.all(workers.filter(({ line }) => !line.isDead).map(({ runner }) => runner.stop()));
    workers = [];
    await sql.query(`truncate actions.jobs, actions.job_keys, actions.job_schedules, actions.job_pauses, actions.job_workers,
      actions.effects`);
  });
  afterAll(async () => {
    for (const connection of opened) await connection.close();
    await sql.end();
    await database.drop();
  });

  const rows = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await sql.query<Row>(text, values)).rows;

  return {
    queue,
    rows,
    get own(): Opened {
      return own;
    },
    /** A process with these handlers, running. */
    async worker(
      handlers: Handlers,
      settings: Partial<RunnerSettings> = {},
      more: Partial<JobRunnerOptions> = {},
    ): Promise<Worker> {
      const name = `worker-${(made += 1)}`;
      const process = await openDatabase(database.urls.ingest, name, 6);
      opened.push(process);
      const line = new Line(process);
      const lines: LogLine[] = [];
      const at = (level: string) => (fields: object, text: string) => void lines.push({ ...fields, level, text });
      const runner = new JobRunner({
        database: line,
        schema: 'actions',
        types: handlers.map(([type]) => type),
        workerId: name,
        logger: { info: at('info'), warn: at('warn'), error: at('error') },
        isTransient: isTransientFault,
        settings: { ...quick, ...settings },
        ...more,
      });
      runner.start(handlers.map(([type, run]) => ({ name: type.name, handler: { run } })));
      const worker: Worker = {
        runner,
        line,
        lines,
        async kill() {
          line.isDead = true;
          await sql.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name]);
        },
      };
      workers.push(worker);
      return worker;
    },
    add: <P>(type: JobType<P>, order: Parameters<JobQueue['add']>[2] & { payload: P }) =>
      own.transaction((manager) => queue.add(manager, type, order)),
    /** As if nobody had been heard of for a whole lease. */
    runOutLeases: () =>
      rows(`update actions.jobs set locked_until = now() - interval '1 second' where state = 'running'`),
    async job(id: number): Promise<JobView> {
      const job = await own.run((manager) => new JobReadModel(manager, 'actions').find(id));
      if (!job) throw new Error(`no job ${id}`);
      return job;
    },
    /** Steps whose effect there is, in order. */
    effects: async (id: number): Promise<number[]> =>
      (await rows<{ step: number }>('select step from actions.effects where job = $1 order by id', [id])).map(
        ({ step }) => step,
      ),
  };
};
