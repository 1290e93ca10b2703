import { ConfigError, loadConfig } from '@groundswell/config';
import { configSchema, queueMaxBytes, queueResumeBytes, vhostOf } from './config';

const variables = {
  DATABASE_URL: 'postgres://a:b@localhost/gs',
  AMQP_URL: 'amqp://a:b@localhost',
  AMQP_MANAGEMENT_URL: 'http://a:b@localhost:15672',
  ENVELOPE_KEY: 'x',
  BROKER_GATEWAY_PASSWORD: 'x',
  BROKER_INGEST_PASSWORD: 'x',
  BROKER_NOTIFY_PASSWORD: 'x',
  BROKER_MAIL_PASSWORD: 'x',
  BROKER_STATS_PASSWORD: 'x',
  BROKER_MTT_PASSWORD: 'x',
  BROKER_FORWARDER_PASSWORD: 'x',
};

describe('configuration', () => {
  it('has defaults for all but addresses and secrets', () => {
    const config = loadConfig(configSchema, variables);
    expect(config.DEPLOYED_SERVICES).toContain('email-delivery');
    expect([config.YOUNG_QUEUE_MS, config.RECONCILE_MS, config.RETRY_TTL_MS]).toEqual([5_000, 30_000, 30_000]);
    expect(queueMaxBytes(config)).toBe(512 * 1024 * 1024);
    expect(queueResumeBytes(config)).toBe(200 * 1024 * 1024);
  });

  it.each([
    ['no envelope key', { ENVELOPE_KEY: '' }],
    ['half of mutual TLS', { AMQP_CERTFILE: '/x' }],
    ['no room above the stop mark', { QUEUE_STOP_BYTES: '100', QUEUE_MAX_BYTES: '100' }],
    ['no span between stop and resume', { QUEUE_STOP_BYTES: '100', QUEUE_RESUME_BYTES: '100' }],
    ['a login in what orgs are told', { CRM_AMQP_ADDRESS: 'amqps://a:b@crm.example.org' }],
    ['a user prefix that would need escaping', { BROKER_USER_PREFIX: 'a.b' }],
  ])('is refused with %s', (_what, changes) => {
    expect(() => loadConfig(configSchema, { ...variables, ...changes })).toThrow(ConfigError);
  });
});

describe('vhostOf', () => {
  it.each([
    ['amqp://a:b@host', '/'],
    ['amqp://a:b@host/', '/'],
    ['amqp://a:b@host/%2f', '/'],
    ['amqp://a:b@host/groundswell', 'groundswell'],
    ['amqp://a:b@host/a%2Fb%20%C3%BC', 'a/b ü'],
  ])('%s is %s', (url, vhost) => {
    expect(vhostOf(url)).toBe(vhost);
  });
});
