import { cutText } from './cut-text';

it.each([
  ['short', 10, 'short'],
  ['exactly', 7, 'exactly'],
  ['longer than that', 6, 'longer'],
  ['aé', 2, 'a'],
  ['a😀b', 4, 'a'],
  ['a😀b', 5, 'a😀'],
])('cuts %j to %i bytes: %j', (text, bytes, expected) => expect(cutText(text, bytes)).toBe(expected));
