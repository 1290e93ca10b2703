import fc from 'fast-check';
import { openSrsLocalPart, srsLocalPart } from './srs';

const settings = { key: 'testkey' };
const on = (date: string): Date => new Date(`${date}T12:00:00Z`);
/** Day 0 of its round of 1024 days. */
const dayZero = new Date(20 * 1024 * 86_400_000);

describe('SRS local part', () => {
  it.each([
    ['2025-01-15', 'jane', 'example.org', 'SRS0=A4FD=UH=example.org=jane'],
    ['2026-07-01', 'o.brien+x', 'mail.example.co.uk', 'SRS0=BD0F=E3=mail.example.co.uk=o.brien+x'],
  ])('of the vector of %s', (date, local, domain, expected) => {
    expect(srsLocalPart({ local, domain }, settings, on(date))).toBe(expected);
    expect(openSrsLocalPart(expected, settings, on(date))).toEqual({ local, domain, ageDays: 0 });
  });

  it.each([
    [0, ''],
    [1, 'B'],
    [31, '7'],
    [32, 'BA'],
    [1023, '77'],
    [1024, ''],
  ])('writes day %d as %j', (day, text) => {
    const at = new Date(dayZero.getTime() + day * 86_400_000);
    expect(srsLocalPart({ local: 'a', domain: 'b.org' }, settings, at)?.split('=')[2]).toBe(text);
  });

  it('takes its own prefix', () => {
    const named = { ...settings, prefix: 'NGO1' };
    const text = srsLocalPart({ local: 'jane', domain: 'example.org' }, named, on('2025-01-15'));
    expect(text).toBe('NGO1=A4FD=UH=example.org=jane');
    expect(openSrsLocalPart(text ?? '', settings, on('2025-01-15'))).toBeNull();
  });

  it.each([
    ['john smith', true],
    ['a..b', true],
    ['"quoted\\one"', true],
    ['o’brien', false],
    ["o'brien=x", false],
  ])('quotes %s where needed: %s', (local, isQuoted) => {
    const text = srsLocalPart({ local, domain: 'b.org' }, settings, dayZero) ?? '';
    expect(text.startsWith('"')).toBe(isQuoted);
    expect(openSrsLocalPart(text, settings, dayZero)).toMatchObject({ local, domain: 'b.org' });
  });

  it('has at most 64 octets', () => {
    const local = (length: number): string | null =>
      srsLocalPart({ local: 'x'.repeat(length), domain: 'example.org' }, settings, on('2025-01-15'));
    const longest = 64 - 'SRS0=A4FD=UH=example.org='.length;
    expect(local(longest)).toHaveLength(64);
    expect(local(longest + 1)).toBeNull();
    expect(srsLocalPart({ local: 'é'.repeat(longest), domain: 'example.org' }, settings, on('2025-01-15'))).toBeNull();
  });

  it('opens what it made and nothing else', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9.=+_-]{0,10}[a-z]$/);
    fc.assert(
      fc.property(
        word,
        fc.domain(),
        fc.date({ min: dayZero, max: on('2099-12-31'), noInvalidDate: true }),
        fc.nat(900),
        (local, domain, at, age) => {
          const text = srsLocalPart({ local, domain }, settings, at);
          if (text === null) return;
          const later = new Date(at.getTime() + age * 86_400_000);
          expect(openSrsLocalPart(text, settings, later)).toEqual({ local, domain, ageDays: age });
          expect(openSrsLocalPart(text, { key: 'other key' }, later)).toBeNull();
          expect(openSrsLocalPart(`${text}x`, settings, later)).toBeNull();
        },
      ),
      { seed: 1968, numRuns: 300 },
    );
  });

  it.each([
    [''],
    ['jane'],
    ['SRS0=A4FD=UH=example.org'],
    ['SRS0=A4FE=UH=example.org=jane'],
    ['SRS0=A4FD=U1=example.org=jane'],
  ])('does not open %j', (text) => {
    expect(openSrsLocalPart(text, settings, on('2025-01-15'))).toBeNull();
  });
});
