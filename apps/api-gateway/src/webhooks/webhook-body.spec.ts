import { isNestedDeeperThan, readWebhookBody } from './webhook-body';

const nested = (depth: number): Buffer => Buffer.from(`${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`);

it('counts lists and objects, not brackets in texts', () => {
  expect(isNestedDeeperThan(nested(32), 32)).toBe(false);
  expect(isNestedDeeperThan(nested(34), 32)).toBe(true);
  expect(isNestedDeeperThan(Buffer.from(JSON.stringify(['[[[{{{', '\\"[[[', '\\'])), 2)).toBe(false);
  expect(isNestedDeeperThan(Buffer.from('[[],[],[],{},{}]'), 2)).toBe(false);
});

it('takes an object and a list as they are', () => {
  expect(readWebhookBody(nested(32)).text).toBe(nested(32).toString());
  expect(readWebhookBody(Buffer.from('{"a":"ü"}')).value).toEqual({ a: 'ü' });
});

it.each([
  [undefined, 'no body'],
  [Buffer.alloc(0), 'no body'],
  [Buffer.from([0x5b, 0xff, 0x5d]), 'no JSON'],
  [Buffer.from('[1'), 'no JSON'],
  [Buffer.from('7'), 'no JSON object or list'],
  [Buffer.from('['.repeat(1_000_000)), 'nested too deep'],
])('refuses others (%#)', (bytes, reason) => {
  expect(() => readWebhookBody(bytes)).toThrow(reason);
});
