import { isLike } from './like-pattern';

describe('isLike', () => {
  it.each([
    ['forest', 'forest', true],
    ['forest', 'Forest', false],
    ['forest', 'for', false],
    ['forest', 'for%', true],
    ['forest', '%est', true],
    ['forest', '%o%s%', true],
    ['forest', '%', true],
    ['', '%', true],
    ['', '', true],
    ['', '_', false],
    ['forest', 'f_rest', true],
    ['forest', '______', true],
    ['forest', '_____', false],
    ['50% off', '50\\% off', true],
    ['50x off', '50\\% off', false],
    ['a_b', 'a\\_b', true],
    ['axb', 'a\\_b', false],
    ['über', '_ber', true],
    ['🌲🌳', '_🌳', true],
    ['aab', '%ab', true],
  ])('%j like %j is %s', (text, pattern, expected) => {
    expect(isLike(text, pattern)).toBe(expected);
  });

  it('comes to an end for a pattern made to be slow', () => {
    expect(isLike('a'.repeat(2_000), `${'%a'.repeat(500)}b`)).toBe(false);
    expect(isLike('a'.repeat(2_000), `%${'a%'.repeat(500)}${'a'.repeat(500)}b`)).toBe(false);
  });
});
