import { loadConfig } from '@groundswell/config';
import { configSchema } from '../config';
import { EnrichmentSettingsError, enrichmentSettingsOf } from './enrichment-settings';

const settingsFrom = (variables: Record<string, string>) =>
  enrichmentSettingsOf(loadConfig(configSchema, { DATABASE_URL: 'postgres://a', AMQP_URL: 'amqp://a', ...variables }));
const account = {
  ENRICHMENT_REGION: 'eu-west-1',
  ENRICHMENT_ACCESS_KEY_ID: 'AKIA',
  ENRICHMENT_SECRET_ACCESS_KEY: 'secret',
};

it('is off without an account', () => expect(settingsFrom({ ENRICHMENT_MEDIA_BUCKET: 'b' })).toBeNull());

it('has its defaults', () => {
  expect(settingsFrom(account)).toMatchObject({
    ...{ region: 'eu-west-1', mediaBucket: null, jobPrefix: 'groundswell' },
    ...{ callTimeoutMs: 8_000, pollMs: 30_000, timeoutMs: 86_400_000 },
  });
});

it.each(Object.keys(account))('refuses an account without %s', (name) => {
  expect(() => settingsFrom({ ...account, [name]: '' })).toThrow(EnrichmentSettingsError);
});
