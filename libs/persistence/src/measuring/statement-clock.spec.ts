import type { DatabaseMetrics } from './database-metrics';
import { StatementClock } from './statement-clock';

type Times = Parameters<DatabaseMetrics['statement']>[0];

const warnings: object[] = [];
const logger = { warn: (fields: object) => void warnings.push(fields) };

function aClock(slowMs?: number) {
  const statements: Times[] = [];
  const waits: [number, number | null][] = [];
  const metrics: DatabaseMetrics = {
    statement: (times) => void statements.push(times),
    taken: (...wait) => void waits.push(wait),
  };
  return { clock: new StatementClock(metrics, logger, slowMs), statements, waits };
}

beforeEach(() => void (warnings.length = 0));

it('counts the wait for a connection in the total of its first statement alone', () => {
  const { clock, statements } = aClock();
  const client = {};
  clock.taken(client, 30);
  clock.ended(client, 'select 1', 5, 2);
  clock.ended(client, 'select 2', 4, 0);
  expect(statements).toEqual([
    { totalMs: 35, queryMs: 3, decodeMs: 2 },
    { totalMs: 4, queryMs: 4, decodeMs: 0 },
  ]);
});

it('knows how long a connection was idle, but for a new one', () => {
  const { clock, waits } = aClock();
  const client = {};
  clock.taken(client, 1);
  clock.givenBack(client);
  clock.taken(client, 0);
  expect(waits).toEqual([
    [1, null],
    [0, expect.any(Number)],
  ]);
});

it('logs a slow statement without its values', () => {
  const { clock } = aClock(10);
  clock.ended({}, 'select $1', 10, 0);
  clock.ended({}, `select $1${' '.repeat(2_000)}`, 10.6, 0);
  expect(warnings).toEqual([{ ms: 11, statement: expect.stringMatching(/^select \$1 {991}$/) }]);
});
