import { QueryFailedError } from 'typeorm';
import { DatabaseAwayError, isDatabaseFault, isUniqueViolation } from '../src/database-fault';

const withCode = (code: string, text = 'as the driver says'): Error => Object.assign(new Error(text), { code });
const wrapped = (driverError: Error): Error => new QueryFailedError('select 1', [], driverError);

describe('a fault of the database', () => {
  it.each([
    ['08006', 'connection failure'],
    ['08P01', 'protocol violation'],
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
    ['42501', 'not granted'],
    ['42P01', 'no such table'],
    ['42601', 'syntax'],
    ['21000', 'row twice in one upsert'],
    ['54000', 'a limit of the program'],
    ['XX000', 'a bug of the server'],
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
