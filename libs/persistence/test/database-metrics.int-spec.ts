import { Metrics } from '@groundswell/observability';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import { preparedQuery } from '../src/prepared-query';
import { Database } from '../src/database';
import { prometheusDatabase, watchDatabase } from '../src/measuring/database-metrics';
import { StatementClock } from '../src/measuring/statement-clock';

const slowMs = 100;
const poolSize = 2;

let test: TestDatabase;
let database: Database;
let metrics: Metrics;
const warnings: { ms: number; statement: string }[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
});
beforeEach(async () => {
  warnings.length = 0;
  metrics = new Metrics('stats-service', { withProcessMetrics: false });
  const logger = { info: () => undefined, warn: (fields: object) => void warnings.push(fields as never) };
  const clock = new StatementClock(prometheusDatabase(metrics), logger, slowMs);
  database = new Database({ url: test.urls.owner, applicationName: 'measured', poolSize }, logger, clock);
  watchDatabase(metrics, database);
  await database.connect(30_000);
  askedAtStart = await countOf('query');
});
afterEach(() => database.close());
afterAll(() => test.drop());

async function figure(name: string): Promise<number> {
  const escaped = name.replace(/[{}"]/g, '\\$&');
  return Number(new RegExp(`^${escaped} (\\S+)$`, 'm').exec(await metrics.text())?.[1]);
}
/** Connecting itself asks a few things. */
let askedAtStart = 0;
const statementsOf = async (part: string) => (await countOf(part)) - askedAtStart;
const countOf = (part: string) => figure(`proca_repo_query_${part}_time_count{service="stats-service"}`);
const sumOf = (part: string) => figure(`proca_repo_query_${part}_time_sum{service="stats-service"}`);

it('measures every statement, prepared ones and those of a transaction too, and each wait for a connection', async () => {
  await database.query('select generate_series(1, 1000) as n');
  await database.transaction((manager) => preparedQuery(manager, 'select $1::int as n', [1]));
  // The transaction's own two, and theirs.
  expect(await Promise.all(['query', 'decode', 'total'].map(statementsOf))).toEqual([4, 4, 4]);
  expect([await countOf('queue'), await countOf('idle')]).toEqual([2, expect.any(Number)]);
  expect(await sumOf('decode')).toBeGreaterThan(0);
  const [total, parts] = [
    await sumOf('total'),
    (await sumOf('query')) + (await sumOf('decode')) + (await sumOf('queue')),
  ];
  expect(total).toBeCloseTo(parts, 3);
});

it('answers as the plain driver does: rows, counts, errors of the server', async () => {
  await database.run((manager) => manager.query('create temporary table t (n int)'));
  expect(await database.query('select 1 as n, $1::text as t', ['x'])).toEqual([{ n: 1, t: 'x' }]);
  await expect(database.query('select 1 / 0')).rejects.toMatchObject({ driverError: { code: '22012' } });
  expect(await statementsOf('query')).toBe(3);
});

it('logs a statement that takes too long, without what it was asked', async () => {
  await database.query('select pg_sleep($1::float8), $2::text', [0.15, 'harald@example.org']);
  // A busy machine may need as long for others.
  const sleeps = warnings.filter(({ statement }) => statement.includes('pg_sleep'));
  expect(sleeps).toEqual([{ ms: expect.any(Number), statement: 'select pg_sleep($1::float8), $2::text' }]);
});

it('shows connections in use, and who waits for one', async () => {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let holding = 0;
  const holds = Array.from({ length: poolSize }, () =>
    database.run(async (manager) => {
      await manager.query('select 1');
      holding += 1;
      await held;
    }),
  );
  while (holding < poolSize) await new Promise(setImmediate);
  const waits = database.query('select 1');
  const busy = () => figure('groundswell_database_connections{pool="main",state="busy",service="stats-service"}');
  const waiting = () => figure('groundswell_database_waiting{pool="main",service="stats-service"}');
  expect([await busy(), await waiting()]).toEqual([poolSize, 1]);
  letGo();
  await Promise.all([...holds, waits]);
  expect([await busy(), await waiting()]).toEqual([0, 0]);
  expect(await figure('groundswell_database_up{pool="main",service="stats-service"}')).toBe(1);
});
