import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EnvelopeKeyInvalidError,
  EnvelopeKeyUnknownError,
  SealedTextMalformedError,
  SealedTextTamperedError,
} from './crypto.error';
import { cryptoReady } from './crypto-ready';
import { SecretEnvelope } from './secret-envelope';

const keyText = (fill: number): string => Buffer.alloc(32, fill).toString('base64url');
const envelope = (): SecretEnvelope => SecretEnvelope.fromText(keyText(1));

beforeAll(cryptoReady);

it('opens what it sealed, text and bytes, empty ones too', () => {
  expect(envelope().open(envelope().seal('pässwörd')).toString()).toBe('pässwörd');
  expect(envelope().open(envelope().seal(Buffer.from([0, 255])))).toEqual(Buffer.from([0, 255]));
  expect(envelope().open(envelope().seal(''))).toHaveLength(0);
});

it('writes the documented form, never the same twice', () => {
  const [one, two] = [envelope().seal('x'), envelope().seal('x')];
  expect(one).toMatch(/^gs1:[\w-]{8}:[\w-]+$/);
  expect(one).not.toBe(two);
});

it('seals with the first key and opens with all', () => {
  const old = envelope().seal('x');
  const rotated = SecretEnvelope.fromText(`${keyText(2)}, ${keyText(1)}`);
  expect(rotated.open(old).toString()).toBe('x');
  expect(rotated.needsReseal(old)).toBe(true);
  expect(rotated.needsReseal(rotated.seal('x'))).toBe(false);
  expect(() => envelope().open(rotated.seal('x'))).toThrow(EnvelopeKeyUnknownError);
});

it('notices every changed byte, a changed key id and a cut', () => {
  const both = SecretEnvelope.fromText(`${keyText(1)},${keyText(2)}`);
  const sealed = both.seal('secret');
  const [, id, body] = sealed.split(':') as [string, string, string];
  const bytes = Buffer.from(body, 'base64url');
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes);
    changed[index]! ^= 0x10;
    expect(() => both.open(`gs1:${id}:${changed.toString('base64url')}`)).toThrow(SealedTextTamperedError);
  }
  const otherId = SecretEnvelope.fromText(keyText(2)).seal('x').split(':')[1];
  expect(() => both.open(`gs1:${otherId}:${body}`)).toThrow(SealedTextTamperedError);
  expect(() => both.open(`gs1:${id}:${bytes.subarray(0, 30).toString('base64url')}`)).toThrow(SealedTextTamperedError);
});

it.each(['', 'plain password', 'gs1:short:AAAA', 'gs2:AAAAAAAA:AAAA', 'gs1:AAAAAAAA:AAAA\n'])(
  'tells %j from a sealed secret',
  (text) => expect(() => envelope().open(text)).toThrow(SealedTextMalformedError),
);

it('reads its keys from a file, a line each', () => {
  const folder = mkdtempSync(join(tmpdir(), 'envelope-'));
  const path = join(folder, 'keys');
  writeFileSync(path, `${keyText(2)}\n${keyText(1)}\n`);
  expect(SecretEnvelope.fromFile(path).open(envelope().seal('x')).toString()).toBe('x');
  rmSync(folder, { recursive: true });
  expect(() => SecretEnvelope.fromFile(path)).toThrow(EnvelopeKeyInvalidError);
});

it.each(['', ' , ', 'AAAA', `${keyText(1)},AAAA`, 'no/base64url+'])(
  'refuses the keys %j without naming them',
  (text) => {
    expect(() => SecretEnvelope.fromText(text)).toThrow(EnvelopeKeyInvalidError);
    expect(() => SecretEnvelope.fromText(text)).not.toThrow(/AAAA|AQEB|base64url\+/);
  },
);

it('makes keys for other purposes, of each key one', () => {
  const [key] = envelope().derivedKeys('one purpose');
  expect(key).toHaveLength(32);
  expect(envelope().derivedKeys('another')).not.toContainEqual(key);
  const rotated = SecretEnvelope.fromText(`${keyText(2)}, ${keyText(1)}`).derivedKeys('one purpose');
  expect(rotated).toHaveLength(2);
  expect(rotated[1]).toEqual(key);
});
