import { createHash } from 'node:crypto';
import { decodeRef, encodeRef, fingerprint, normaliseRef, partitionOfRef } from './contact-ref';

describe('fingerprint', () => {
  it('hashes the UTF-8 bytes of seed and input with nothing between', () => {
    const expected = createHash('sha256').update(Buffer.from('sëedżółw@example.org', 'utf8')).digest();
    expect(fingerprint('sëed', 'żółw@example.org')).toEqual(expected);
  });

  it('gives an unpadded contactRef of 43 characters', () => {
    expect(encodeRef(fingerprint('', 'a'))).toBe('ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs');
  });
});

describe('decodeRef', () => {
  it.each([
    ['-_8', 'fbff'],
    ['-_8=', 'fbff'],
    ['-w', 'fb'],
    ['-w==', 'fb'],
    ['AAAA', '000000'],
  ])('reads %j', (text, hex) => expect(decodeRef(text)?.toString('hex')).toBe(hex));

  it.each([
    '',
    '=',
    '==',
    'A',
    'AAAAA',
    'AA=',
    'AAA==',
    'AAAA=',
    'AAAA==',
    '+/8',
    'AA A',
    'AAAA\n',
    ' AAAA',
    'AAé=',
    'A===',
    'AA==AA==',
  ])('refuses %j', (text) => expect(decodeRef(text)).toBeNull());

  it('gives back what encodeRef wrote, of any length', () => {
    for (let length = 1; length < 70; length += 1) {
      const bytes = Buffer.alloc(length, length * 37);
      expect(decodeRef(encodeRef(bytes))).toEqual(bytes);
    }
  });
});

describe('normaliseRef', () => {
  it.each([
    ['-w==', '-w'],
    ['-_8=', '-_8'],
    ['AAAA', 'AAAA'],
    ['', ''],
  ])('turns %j into %j', (text, normal) => expect(normaliseRef(text)).toBe(normal));
});

describe('partitionOfRef', () => {
  it('takes the first four bytes as a big-endian number', () => {
    expect(partitionOfRef(Buffer.from('fffffff7aa', 'hex'), 16)).toBe(7);
    expect(partitionOfRef(Buffer.from('01000003', 'hex'), 1000)).toBe(16_777_219 % 1000);
  });

  it('spreads a shorter ref by its SHA-256', () => {
    const short = Buffer.from('abc');
    expect(partitionOfRef(short, 1009)).toBe(0xba7816bf % 1009);
  });

  it('does not depend on where the bytes lie in memory', () => {
    const whole = Buffer.from('0000000000000005ff', 'hex');
    expect(partitionOfRef(whole.subarray(4), 16)).toBe(partitionOfRef(Buffer.from('00000005ff', 'hex'), 16));
  });
});
