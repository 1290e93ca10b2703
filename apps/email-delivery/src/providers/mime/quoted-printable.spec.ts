import { seededRandom } from '@groundswell/testing';
import { quotedPrintable } from './quoted-printable';

/** A reader of its own, by RFC 2045 section 6.7. */
function decode(encoded: string): string {
  const bytes: number[] = [];
  const text = encoded.replace(/[ \t]+(?=\r\n|$)/g, '').replace(/=\r\n/g, '');
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '=') {
      bytes.push(text.charCodeAt(at));
      continue;
    }
    const hex = text.slice(at + 1, at + 3);
    if (!/^[0-9A-F]{2}$/.test(hex)) throw new Error(`"=${hex}" is no encoded byte`);
    bytes.push(Number.parseInt(hex, 16));
    at += 2;
  }
  return Buffer.from(bytes).toString('utf8');
}

const encode = (text: string): string => quotedPrintable(text).toString('latin1');

describe('quotedPrintable', () => {
  it.each([
    ['', ''],
    ['plain', 'plain'],
    ['a=b', 'a=3Db'],
    ['Grüße', 'Gr=C3=BC=C3=9Fe'],
    ['end \nnext\t', 'end=20\r\nnext=09'],
    ['a\rb\r\nc\nd', 'a\r\nb\r\nc\r\nd'],
    ['a\0b\x7f', 'a=00b=7F'],
    [`${'x'.repeat(75)}\ny`, `${'x'.repeat(75)}\r\ny`],
    ['x'.repeat(76), `${'x'.repeat(75)}=\r\nx`],
    [`${'x'.repeat(74)}€`, `${'x'.repeat(74)}=\r\n=E2=82=AC`],
  ])('%j becomes %j', (text, encoded) => {
    expect(encode(text)).toBe(encoded);
  });

  it('reads back as it was, in lines of 76 characters at most, no character torn apart', () => {
    const random = seededRandom(7);
    const pieces = ['a', 'b ', ' ', '\t', '=', '.', '\r\n', '\n', 'ż', '€', '🙂', '\0', 'x'.repeat(40)];
    for (let run = 0; run < 300; run += 1) {
      const length = Math.floor(random() * 200);
      const text = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join('');
      const encoded = encode(text);
      expect(decode(encoded)).toBe(text.replace(/\r\n|\r|\n/g, '\r\n'));
      for (const line of encoded.split('\r\n')) {
        expect(line).toMatch(/^([\t\x20-\x7e]{0,75}[\x21-\x7e])?$/);
        expect(decode(line.replace(/=$/, ''))).not.toContain('\ufffd');
      }
    }
  });

  it('takes the longest text its size allows for', () => {
    const text = '🙂'.repeat(10_000);
    expect(decode(encode(text))).toBe(text);
  });
});
