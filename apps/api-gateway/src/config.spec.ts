import { ConfigError, loadConfig } from '@groundswell/config';
import {
  captchaSettingsOf,
  configSchema,
  cookieKeysOf,
  envelopeOf,
  fingerprintSeedOf,
  initialAdminOf,
  isLocalAuthOn,
  isMailboxOn,
} from './config';

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

it('asks for captchas on an ECI instance, whatever else is set', () => {
  const captchaOf = (environment: Record<string, string>) =>
    captchaSettingsOf(loadConfig(configSchema, { ...least, ...environment }));
  expect(captchaOf({})).toEqual({
    isRequired: false,
    defaultService: 'procaptcha',
    hcaptcha: null,
    procaptchaUrl: null,
  });
  expect(captchaOf({ ENABLE_ECI: 'true', CAPTCHA_REQUIRED: 'false' }).isRequired).toBe(true);
  expect(captchaOf({ HCAPTCHA_KEY: 'key' }).hcaptcha?.url).toBe('https://api.hcaptcha.com/siteverify');
  expect(problemsOf({ ...least, CAPTCHA_SERVICE: 'turnstile' })).toEqual(['CAPTCHA_SERVICE']);
});

it('takes an admin whole or not at all', () => {
  expect(problemsOf({ ...least, ADMIN_EMAIL: 'a@x.org' })).toEqual(['ADMIN_PASSWORD']);
  const config = loadConfig(configSchema, { ...least, ADMIN_EMAIL: 'a@x.org', ADMIN_PASSWORD: 'p' });
  expect(initialAdminOf(config)).toEqual({ email: 'a@x.org', password: 'p' });
});

it('shows the account pages everywhere but in production, unless told otherwise', () => {
  const isOn = (environment: Record<string, string>): boolean =>
    isLocalAuthOn(loadConfig(configSchema, { ...least, FINGERPRINT_SEED: 'x', ...environment }));
  expect([isOn({}), isOn({ NODE_ENV: 'test' }), isOn({ NODE_ENV: 'production' })]).toEqual([true, true, false]);
  expect(isOn({ NODE_ENV: 'production', LOCAL_AUTH_ENABLE: 'true' })).toBe(true);
  expect(isOn({ LOCAL_AUTH_ENABLE: 'false' })).toBe(false);
});

it('shows the mailbox everywhere but in production, unless told otherwise', () => {
  const isOn = (environment: Record<string, string>): boolean =>
    isMailboxOn(loadConfig(configSchema, { ...least, FINGERPRINT_SEED: 'x', ...environment }));
  expect([isOn({}), isOn({ NODE_ENV: 'test' }), isOn({ NODE_ENV: 'production' })]).toEqual([true, true, false]);
  expect(isOn({ NODE_ENV: 'production', MAILBOX_ENABLE: 'true' })).toBe(true);
  expect(isOn({ MAILBOX_ENABLE: 'false' })).toBe(false);
});

it('signs cookies by a key that follows from what it is given', () => {
  const keyOf = (environment: Record<string, string>): string =>
    String(cookieKeysOf(loadConfig(configSchema, { ...least, ...environment }))[0]?.toString('hex'));
  const base = { SECRET_KEY_BASE: 'base' };
  expect(keyOf(base)).toBe(keyOf(base));
  const keys = [keyOf({}), keyOf(base), keyOf({ ...base, SIGNING_SALT: 'salt' }), least.ENVELOPE_KEY];
  expect(new Set(keys).size).toBe(4);
});

it('takes cookies signed by any envelope key, while there are several', () => {
  const keysOf = (ENVELOPE_KEY: string): string[] =>
    cookieKeysOf(loadConfig(configSchema, { ...least, ENVELOPE_KEY })).map((key) => key.toString('hex'));
  const other = Buffer.alloc(32, 2).toString('base64url');
  expect(keysOf(`${other},${least.ENVELOPE_KEY}`)).toEqual([...keysOf(other), ...keysOf(least.ENVELOPE_KEY)]);
});

it('takes JSON web tokens by default as the single sign-ons of before made them', () => {
  const config = loadConfig(configSchema, least);
  expect([config.JWT_EMAIL, config.JWT_EMAIL_VERIFIED]).toEqual([['email'], ['user_metadata.email_verified']]);
  expect(problemsOf({ ...least, JWKS_URL: 'ftp://x.org/keys' })).toEqual(['JWKS_URL']);
});
