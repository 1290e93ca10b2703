import { QueryFailedError } from 'typeorm';
import { DatabaseAwayError, isAnswer, isDatabaseFault, isStalePlan, isUniqueViolation } from '../src/database-fault';

const withCode = (code: string, text = 'as the driver says'): Error => Object.assign(new Error(text), { code });
const wrapped = (driverError: Error): Error => new QueryFailedError('select 1', [], driverError);

describe('a fault of the database', () => {
  it.each([
    ['08006', 'connection failure'],
    ['08P01', 'protocol violation'],
    ['0A000', 'a plan older than a migration'],
    ['25P02', 'transaction that failed before'],
    ['42501', 'not granted (yet)'],
    ['42P01', 'no such table (yet)'],
    ['XX000', 'a bug of the server'],
    ['25006', 'read-only: a standby answered'],
    ['28000', 'role not let in'],
    ['28P01', 'password changed'],
    ['3D000', 'database not there (yet)'],
    ['40001', 'serialisation failure'],
    ['40P01', 'deadlock'],
    ['53100', 'disk full'],
    ['53300', 'too many connections'],
    ['55P03', 'lock not available'],
    ['57014', 'statement took too long'],
    ['57P01', 'server is stopped'],
    ['57P03', 'server is starting'],
    ['58030', 'disk error'],
    ['ECONNREFUSED', 'nobody listens'],
    ['ECONNRESET', 'cut off'],
    ['EPIPE', 'cut off while writing'],
    ['ETIMEDOUT', 'no answer'],
    ['ENOTFOUND', 'name unknown'],
    ['EAI_AGAIN', 'name server away'],
    ['EHOSTUNREACH', 'no way there'],
    ['ENETUNREACH', 'no network'],
  ])('is %s: %s', (code) => {
    expect(isDatabaseFault(withCode(code))).toBe(true);
    expect(isDatabaseFault(wrapped(withCode(code)))).toBe(true);
    expect(isDatabaseFault(new Error('batch failed', { cause: withCode(code) }))).toBe(true);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'Driver not Connected',
  ])('is what the driver says without a code: %s', (text) => {
    expect(isDatabaseFault(new Error(text))).toBe(true);
    expect(isDatabaseFault(wrapped(new Error(text)))).toBe(true);
  });

  it('is one that was recognised before', () => {
    expect(isDatabaseFault(new DatabaseAwayError('gone'))).toBe(true);
  });

  it.each([
    ['23505', 'unique index violated'],
    ['23514', 'check violated'],
    ['22001', 'text too long'],
    ['22021', 'a character no text column takes'],
    ['22P05', 'a character no json column takes'],
    ['54000', 'a limit of the program'],
    ['ENOENT', 'a file'],
    ['ERR_ASSERTION', 'a bug of ours'],
  ])('is not %s: %s', (code) => {
    expect(isDatabaseFault(withCode(code))).toBe(false);
    expect(isDatabaseFault(wrapped(withCode(code)))).toBe(false);
  });

  it('is not a refused value that happens to read like one', () => {
    const refused = withCode('22P02', 'invalid input syntax for type uuid: "connection terminated"');
    expect(isDatabaseFault(refused)).toBe(false);
    expect(isDatabaseFault(wrapped(refused))).toBe(false);
  });

  it.each([[null], [undefined], ['ECONNREFUSED'], [57014], [{}], [new TypeError('x is not a function')]])(
    'is not %p',
    (error) => {
      expect(isDatabaseFault(error)).toBe(false);
    },
  );

  it('is found among causes that go in a circle', () => {
    const error = new Error('round') as Error & { cause?: unknown };
    error.cause = error;
    expect(isDatabaseFault(error)).toBe(false);
  });
});

describe('a connection after a failure', () => {
  it.each<[string, unknown, boolean]>([
    ['in order when the server refused a value', withCode('23505'), true],
    ['in order when the server refused a value, wrapped', wrapped(withCode('22001')), true],
    ['in order when our own code threw', new TypeError('x is not a function'), true],
    ['in order when something threw no error', undefined, true],
    ['in doubt when the server cut the statement short', withCode('57014'), false],
    ['in doubt when the server stops', withCode('57P01'), false],
    ['in doubt when the connection failed', withCode('08006'), false],
    ['in doubt when the socket closed', withCode('ECONNRESET'), false],
    ['in doubt when the driver waited no longer', new Error('Query read timeout'), false],
    ['in doubt when it ended', wrapped(new Error('Connection terminated unexpectedly')), false],
  ])('is %s', (_what, error, expected) => {
    expect(isAnswer(error)).toBe(expected);
  });

  it.each<[string, unknown, boolean]>([
    ['0A000', withCode('0A000'), true],
    ['0A000, wrapped', wrapped(withCode('0A000')), true],
    ['23505', withCode('23505'), false],
    ['no code', new Error('cached plan must not change result type'), false],
  ])('has a stale plan by its code: %s', (_what, error, expected) => {
    expect(isStalePlan(error)).toBe(expected);
  });
});

describe('a violated unique index', () => {
  const violated = Object.assign(withCode('23505'), { constraint: 'supporters_one_rank_zero' });

  it.each<[string, unknown, string | undefined, boolean]>([
    ['any', violated, undefined, true],
    ['the one asked for', violated, 'supporters_one_rank_zero', true],
    ['another one', violated, 'contacts_supporter_id_org_id_key', false],
    ['the one asked for, wrapped', wrapped(violated), 'supporters_one_rank_zero', true],
    ['a check', withCode('23514'), undefined, false],
    ['no driver error', new Error('23505'), undefined, false],
    ['no error', {}, undefined, false],
  ])('is %s', (_what, error, constraint, expected) => {
    expect(isUniqueViolation(error, constraint)).toBe(expected);
  });
});
