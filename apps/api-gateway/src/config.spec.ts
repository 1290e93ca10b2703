import { ConfigError, loadConfig } from '@groundswell/config';
import { configSchema, envelopeOf, fingerprintSeedOf, initialAdminOf } from './config';

const least = {
  DATABASE_URL: 'postgres://u:p@localhost/db',
  AMQP_URL: 'amqp://localhost',
  ENVELOPE_KEY: Buffer.alloc(32, 1).toString('base64url'),
};
const problemsOf = (environment: Record<string, string>): string[] => {
  try {
    loadConfig(configSchema, environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ variable }) => variable);
  }
};

it('needs a database, a broker and an envelope key', () => {
  const config = loadConfig(configSchema, least);
  expect(config).toMatchObject({ PORT: 4000, CORS_ALLOW_ORIGIN: ['*'], ORG_NAME: 'instance', TRUSTED_PROXIES: 0 });
  expect(initialAdminOf(config)).toBeNull();
  expect(fingerprintSeedOf(config)).toBe('4xFc6MsafPEwc6ME');
  expect(() => envelopeOf(config)).not.toThrow();
  expect(problemsOf({})).toEqual(['DATABASE_URL', 'AMQP_URL']);
  expect(problemsOf({ ...least, ENVELOPE_KEY: '' })).toEqual(['ENVELOPE_KEY']);
});

it('needs a seed of its own in production', () => {
  expect(problemsOf({ ...least, NODE_ENV: 'production' })).toEqual(['FINGERPRINT_SEED']);
  const config = loadConfig(configSchema, { ...least, NODE_ENV: 'production', FINGERPRINT_SEED: 'x' });
  expect(fingerprintSeedOf(config)).toBe('x');
});

it('takes an admin whole or not at all', () => {
  expect(problemsOf({ ...least, ADMIN_EMAIL: 'a@x.org' })).toEqual(['ADMIN_PASSWORD']);
  const config = loadConfig(configSchema, { ...least, ADMIN_EMAIL: 'a@x.org', ADMIN_PASSWORD: 'p' });
  expect(initialAdminOf(config)).toEqual({ email: 'a@x.org', password: 'p' });
});
