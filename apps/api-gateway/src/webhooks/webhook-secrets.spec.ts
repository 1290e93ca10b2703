import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';
import { readWebhookCredentials, WebhookSecrets } from './webhook-secrets';

const keyText = (fill: number): string => Buffer.alloc(32, fill).toString('base64url');
const secretsOf = (keys: string): WebhookSecrets => new WebhookSecrets(SecretEnvelope.fromText(keys));
const service = { id: 12, webhookGeneration: 3 };
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

beforeAll(cryptoReady);

const secretIn = (token: string): string => readWebhookCredentials(token, undefined)?.secret ?? '';

it('makes the same token on every replica, another for each service and generation', () => {
  const token = secretsOf(keyText(1)).tokenOf(service);
  expect(token).toMatch(/^12-[\w-]{43}$/);
  expect(secretsOf(keyText(1)).tokenOf(service)).toBe(token);
  const others = [
    secretsOf(keyText(2)).tokenOf(service),
    secretsOf(keyText(1)).tokenOf({ ...service, id: 13 }),
    secretsOf(keyText(1)).tokenOf({ ...service, webhookGeneration: 4 }),
  ];
  expect(new Set([token, ...others].map(secretIn)).size).toBe(4);
});

it('knows its secrets, and those of an envelope key that is still there', () => {
  const secret = secretIn(secretsOf(keyText(1)).tokenOf(service));
  expect(secretsOf(keyText(1)).isSecretOf(service, secret)).toBe(true);
  expect(secretsOf(`${keyText(2)},${keyText(1)}`).isSecretOf(service, secret)).toBe(true);
  expect(secretsOf(keyText(2)).isSecretOf(service, secret)).toBe(false);
  expect(secretsOf(keyText(1)).isSecretOf({ ...service, webhookGeneration: 4 }, secret)).toBe(false);
  for (const wrong of ['', 'x', secret.slice(1), `${secret}A`]) {
    expect(secretsOf(keyText(1)).isSecretOf(service, wrong)).toBe(false);
  }
});

it('reads them from the path, else from Basic', () => {
  const secret = 's'.repeat(43);
  expect(readWebhookCredentials(`12-${secret}`, undefined)).toEqual({ serviceId: 12, secret });
  expect(readWebhookCredentials(undefined, basic(`12:${secret}`))).toEqual({ serviceId: 12, secret });
  expect(readWebhookCredentials('x', basic(`12:${secret}`))).toBeNull();
  for (const header of [undefined, '', 'Basic', 'Basic !', `Bearer ${secret}`, basic('12'), basic(`a:${secret}`)]) {
    expect(readWebhookCredentials(undefined, header)).toBeNull();
  }
});
