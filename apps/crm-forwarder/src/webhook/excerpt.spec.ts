import { excerptOf, secretsOf } from './excerpt';

const none = { user: '', password: '', signingSecrets: [] };
const url = 'https://crm.example/hook';

it.each([
  ['{"ok":\n  true}\u0000\u001b[31m', '{"ok": true} [31m'],
  ['no such contact jo@x.org, sorry', 'no such contact [REDACTED], sorry'],
  ['', ''],
  ['x'.repeat(3000), 'x'.repeat(1024)],
  ['🌊'.repeat(500), '🌊'.repeat(256)],
  [`${'x'.repeat(1023)}ü`, 'x'.repeat(1023)],
])('keeps of %j %j', (text, expected) => {
  expect(excerptOf(text, [])).toBe(expected);
});

it('stays within 1 KiB where what is cleaned away was shorter', () => {
  expect(Buffer.byteLength(excerptOf('a@b ü '.repeat(300), []))).toBeLessThanOrEqual(1024);
});

it.each([
  ['the password', { user: '', password: 'geheim/ä "1"' }, ['geheim/ä "1"']],
  ['Basic', { user: 'me', password: 'geheim' }, ['geheim', 'Basic bWU6Z2VoZWlt', 'bWU6Z2VoZWlt']],
  ['a token', { user: '', password: 'Bearer abc/def' }, ['Bearer abc/def', 'abc/def']],
  ['a signing secret', { signingSecrets: ['whsec_bmV3', 'whsec_b2xk'] }, ['whsec_bmV3', 'bmV3', 'b2xk']],
])('never shows %s, however it is written', (_, changes, texts) => {
  const secrets = secretsOf({ ...none, ...changes }, url);
  for (const text of texts) {
    const inJson = JSON.stringify({ got: text });
    const asPhp = inJson.replaceAll('/', '\\/').replaceAll('ä', '\\u00e4');
    for (const answer of [text, inJson, asPhp, encodeURIComponent(text)]) {
      const excerpt = excerptOf(`got ${answer}, thanks`, secrets);
      expect(excerpt).toContain('[REDACTED]');
      for (const part of ['geheim', 'bWU6', 'abc', 'bmV3', 'b2xk']) expect(excerpt).not.toContain(part);
    }
  }
});

it('never shows a password that stands in the address', () => {
  const secrets = secretsOf(none, 'https://me:geh%2Feim@crm.example/');
  expect(excerptOf(`geh/eim ${Buffer.from('me:geh/eim').toString('base64')}`, secrets)).toBe('[REDACTED] [REDACTED]');
});

it('never shows the beginning of a secret that the limit cuts apart', () => {
  const secrets = secretsOf({ ...none, password: 'geheim' }, url);
  expect(excerptOf(`${'x'.repeat(1020)}geheim`, secrets)).toBe(`${'x'.repeat(1020)}[RED`);
});
