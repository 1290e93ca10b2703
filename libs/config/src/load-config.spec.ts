import { z } from 'zod';
import { ConfigError } from './config.error';
import { flag, integer, milliseconds, port, secret, url } from './fields';
import { loadConfig, loadConfigOrExit } from './load-config';

const schema = z.object({
  PORT: port(4000),
  AMQP_URL: url(['amqp', 'amqps']),
  LINK_TIMEOUT_MS: milliseconds(2000),
  RETRY_LIMIT: integer({ min: 0, max: 100, default: 5 }),
  JWT_SECRET: secret().min(8).optional(),
  ORG_NAME: z.string().default('instance'),
  IS_OPEN: flag(false),
});

const problemsOf = (environment: Record<string, string>): ConfigError => {
  try {
    loadConfig(schema, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error('expected a ConfigError');
};

it('hands out typed, frozen values with defaults', () => {
  const config = loadConfig(schema, { AMQP_URL: 'amqp://localhost', PORT: '8080', UNRELATED: 'x' });
  const typed: number = config.PORT + config.LINK_TIMEOUT_MS;
  expect(typed).toBe(10_080);
  expect(config).toEqual({
    PORT: 8080,
    AMQP_URL: 'amqp://localhost',
    LINK_TIMEOUT_MS: 2000,
    RETRY_LIMIT: 5,
    ORG_NAME: 'instance',
    IS_OPEN: false,
  });
  expect(Object.isFrozen(config)).toBe(true);
});

it('takes an empty variable for one that is not set', () => {
  expect(loadConfig(schema, { AMQP_URL: 'amqp://localhost', PORT: '', ORG_NAME: '' })).toMatchObject({
    PORT: 4000,
    ORG_NAME: 'instance',
  });
  expect(problemsOf({ AMQP_URL: '' }).problems).toEqual([
    { variable: 'AMQP_URL', message: 'is not set', expected: 'a URL starting with amqp:// or amqps://' },
  ]);
});

it('reports every wrong variable at once, with what would be right', () => {
  const error = problemsOf({ PORT: 'http', LINK_TIMEOUT_MS: '2s', RETRY_LIMIT: '-1', IS_OPEN: 'perhaps' });
  expect(error.problems.map((problem) => problem.variable).sort()).toEqual([
    'AMQP_URL',
    'IS_OPEN',
    'LINK_TIMEOUT_MS',
    'PORT',
    'RETRY_LIMIT',
  ]);
  expect(error.message).toContain('PORT: "http" is not a whole number, 1 to 65535');
  expect(error.message).toContain('AMQP_URL: is not set; expected a URL starting with amqp:// or amqps://');
  expect(error.message).toContain('LINK_TIMEOUT_MS: "2s" is not a whole number of milliseconds');
  expect(error.message).toContain('RETRY_LIMIT: "-1" is not a whole number, 0 to 100');
});

it('never prints the value of a secret or of a URL', () => {
  const echoing = schema.extend({
    JWT_SECRET: secret().superRefine((text, context) => context.addIssue({ code: 'custom', message: `bad ${text}` })),
  });
  try {
    loadConfig(echoing, { JWT_SECRET: 'hunter2', AMQP_URL: 'amq://user:hunter3@host' });
  } catch (error) {
    expect(String(error)).toContain('JWT_SECRET: is not acceptable; expected a secret text');
    expect(JSON.stringify(error) + String(error)).not.toMatch(/hunter/);
  }
  expect.assertions(2);
});

it('reports a rule over several variables', () => {
  const paired = schema.refine((config) => config.RETRY_LIMIT !== 7, 'RETRY_LIMIT and the moon do not agree');
  expect(() => loadConfig(paired, { AMQP_URL: 'amqp://localhost', RETRY_LIMIT: '7' })).toThrow(/and the moon/);
});

it('prints the problems and exits with 1', () => {
  const printed: string[] = [];
  const exit = (code: number): never => {
    throw new Error(`exit ${code}`);
  };
  const start = (): unknown =>
    loadConfigOrExit(schema, { environment: { PORT: 'x' }, print: (text) => printed.push(text), exit });
  expect(start).toThrow('exit 1');
  expect(printed.join('')).toMatch(/PORT: .*\n.*AMQP_URL: is not set/);
});

it('reads the process environment when none is given', () => {
  process.env.GROUNDSWELL_CONFIG_SPEC = '17';
  const config = loadConfig(z.object({ GROUNDSWELL_CONFIG_SPEC: integer() }));
  delete process.env.GROUNDSWELL_CONFIG_SPEC;
  expect(config.GROUNDSWELL_CONFIG_SPEC).toBe(17);
});
