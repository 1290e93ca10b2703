import { Webhook } from 'standardwebhooks';
import { newSigningSecret } from './signing-secret';

it('is one that a reader of Standard Webhooks takes, never the same', () => {
  const [ours, another] = [newSigningSecret(), newSigningSecret()];
  expect(ours).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const at = new Date();
  const headersBy = (secret: string) => ({
    'webhook-id': 'action:1:deliver:7',
    'webhook-timestamp': String(Math.floor(+at / 1000)),
    'webhook-signature': new Webhook(secret).sign('action:1:deliver:7', at, '{"a":1}'),
  });
  expect(new Webhook(ours).verify('{"a":1}', headersBy(ours))).toEqual({ a: 1 });
  expect(() => new Webhook(ours).verify('{"a":1}', headersBy(another))).toThrow('No matching signature found');
});
