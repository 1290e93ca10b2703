import { createLogger } from './logger';
import type { Logger } from './logger';
import { asNestLogger } from './nest-logger';
import { newTrace, runWithTrace } from './trace';

interface Line {
  level: string;
  time: string;
  service: string;
  msg?: string;
  context?: string;
  err?: Record<string, unknown>;
  [field: string]: unknown;
}

const recordingLogger = (level: 'info' | 'trace' = 'trace'): { logger: Logger; lines: Line[] } => {
  const lines: Line[] = [];
  const destination = { write: (text: string) => void lines.push(JSON.parse(text) as Line) };
  return { logger: createLogger({ service: 'mtt-service', level, destination }), lines };
};

const person = {
  email: 'harald@example.org',
  firstName: 'Harald',
  last_name: 'Bower',
  address: { street: 'Harald Road' },
  payload: 'Harald',
  contact: { any: 'Harald' },
  Password: 'Harald',
  token: ['Harald'],
  phone: 48_600_100_200,
  headers: { Authorization: 'Harald', 'set-cookie': 'Harald' },
  list: [{ deep: { email: 'Harald' } }],
};

describe('createLogger', () => {
  it('writes service, ISO time and the name of the level', () => {
    const { logger, lines } = recordingLogger();
    logger.info({ orgId: 3 }, 'hello');
    expect(lines[0]).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      service: 'mtt-service',
      orgId: 3,
      msg: 'hello',
    });
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = recordingLogger('info');
    logger.debug('quiet');
    expect(lines).toEqual([]);
  });

  it('redacts personal data at any depth, in fields and in child loggers', () => {
    const { logger, lines } = recordingLogger();
    logger.info({ supporter: person, ...person, contactRef: 'abc', actionId: 1 }, 'a message');
    logger.child({ person }).child(person).warn('a grandchild');
    expect(JSON.stringify(lines)).not.toMatch(/harald|bower|48600/i);
    expect(lines[0]).toMatchObject({ email: '[redacted]', contactRef: 'abc', actionId: 1 });
  });

  it('leaves what it was given as it was', () => {
    const { logger } = recordingLogger();
    const given = { email: 'a@b' };
    logger.info(given);
    expect(given).toEqual({ email: 'a@b' });
  });

  it('gives every error its type, message and stack, and its cause', () => {
    const { logger, lines } = recordingLogger();
    const error = new TypeError('broken', { cause: new RangeError('too far') });
    logger.error(error);
    logger.error({ err: error, queue: 'q' }, 'while reading');
    logger.warn({ reason: { inner: error } });
    const described = {
      type: 'TypeError',
      message: 'broken',
      stack: expect.stringContaining('logger.spec') as string,
      cause: { type: 'RangeError', message: 'too far', stack: expect.any(String) as string },
    };
    expect(lines[0]).toMatchObject({ msg: 'broken', err: described });
    expect(lines[1]).toMatchObject({ msg: 'while reading', queue: 'q', err: described });
    expect(lines[2]).toMatchObject({ reason: { inner: described } });
  });

  it('keeps the fields of our own errors and drops those of a driver', () => {
    const { logger, lines } = recordingLogger();
    logger.error(
      Object.assign(new Error('ours'), { code: 'email.template_not_found', templateRef: 't', email: 'x@y' }),
    );
    logger.error(Object.assign(new Error('theirs'), { code: '23505', detail: 'Key (email)=(x@y) exists' }));
    expect(lines[0]?.err).toMatchObject({ code: 'email.template_not_found', templateRef: 't', email: '[redacted]' });
    expect(lines[1]?.err).toEqual({
      type: 'Error',
      message: 'theirs',
      code: '23505',
      stack: expect.any(String) as string,
    });
  });

  it('shows each error of an aggregate', () => {
    const { logger, lines } = recordingLogger();
    logger.error(new AggregateError([new Error('ECONNREFUSED ::1'), 'text'], ''));
    expect(lines[0]?.err).toMatchObject({ errors: [{ message: 'ECONNREFUSED ::1' }, { message: 'text' }] });
  });

  it('survives bytes, cycles and dates', () => {
    const { logger, lines } = recordingLogger();
    const cycle: Record<string, unknown> = { bytes: Buffer.from('secret'), at: new Date(0) };
    cycle.self = cycle;
    logger.info(cycle);
    expect(lines[0]).toMatchObject({ bytes: '<6 bytes>', at: '1970-01-01T00:00:00.000Z' });
  });

  it('names the trace it runs in', () => {
    const { logger, lines } = recordingLogger();
    const trace = newTrace();
    runWithTrace(trace, () => logger.info('inside'));
    logger.info('outside');
    expect(lines[0]).toMatchObject({ traceId: trace.traceId, spanId: trace.spanId });
    expect(lines[1]).not.toHaveProperty('traceId');
  });
});

describe('asNestLogger', () => {
  it('maps levels, texts and contexts', () => {
    const { logger, lines } = recordingLogger();
    const nest = asNestLogger(logger);
    nest.log('started', 'NestApplication');
    nest.warn('careful', 'Thing');
    nest.verbose?.('detail', 'Thing');
    nest.log('AppModule dependencies initialized', 'InstanceLoader');
    nest.log({ orgId: 3, email: 'x@y' });
    expect(lines.map(({ level, msg, context }) => [level, msg, context])).toEqual([
      ['info', 'started', 'NestApplication'],
      ['warn', 'careful', 'Thing'],
      ['trace', 'detail', 'Thing'],
      ['debug', 'AppModule dependencies initialized', 'InstanceLoader'],
      ['info', undefined, undefined],
    ]);
    expect(lines[4]).toMatchObject({ orgId: 3, email: '[redacted]' });
  });

  it('finds the error in every form Nest passes it', () => {
    const { logger, lines } = recordingLogger();
    const nest = asNestLogger(logger);
    const error = new TypeError('broken');
    nest.error(error, undefined, 'ExceptionsHandler');
    nest.error('failed', error.stack, 'Scheduler');
    nest.error('failed', error.stack);
    nest.error('failed', error, 'Scheduler');
    nest.fatal?.('failed', error);
    expect(lines.map((line) => line.err?.stack)).toEqual(Array(5).fill(error.stack));
    expect(lines.map((line) => line.err?.message)).toEqual(['broken', 'failed', 'failed', 'broken', 'broken']);
    expect(lines.map((line) => line.context)).toEqual([
      'ExceptionsHandler',
      'Scheduler',
      undefined,
      'Scheduler',
      undefined,
    ]);
  });
});
