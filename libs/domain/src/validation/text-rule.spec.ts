import { ErrorList } from './error-list';
import { isStorableJson, isStorableText, toStorableText } from './storable-text';
import { checkText, cutText, isLongerThan, requireText } from './text-rule';

describe('text length', () => {
  it.each([
    ['abc', 3, false],
    ['abcd', 3, true],
    ['😀😀😀', 3, false],
    ['😀😀😀a', 3, true],
    ['a'.repeat(6000), 64, true],
  ])('counts characters, not UTF-16 units: %s over %i is %s', (text, max, expected) => {
    expect(isLongerThan(text, max)).toBe(expected);
  });

  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc'],
    ['😀😀😀😀', 3, '😀😀😀'],
    ['a😀b', 2, 'a😀'],
  ])('cuts %s to %i characters', (text, max, expected) => {
    expect(cutText(text, max)).toBe(expected);
  });
});

describe('error list', () => {
  it('keeps one entry per violated rule and merges identical ones', () => {
    const errors = new ErrorList();
    const rule = { maxLength: 2, pattern: /^[a-z]+$/ };
    checkText(errors, ['address', 'street'], '123', rule);
    checkText(errors, ['address', 'street'], '123', rule);
    checkText(errors, ['address', 'street'], null, rule);
    expect(errors.errors).toEqual([
      { message: 'should be at most 2 character(s)', path: ['address', 'street'] },
      { message: 'has invalid format', path: ['address', 'street'] },
    ]);
    expect(errors.concerns('address')).toBe(true);
    expect(errors.concerns('street')).toBe(false);
  });

  it.each([[null], [''], ['  ']])('takes %j as blank', (value) => {
    const errors = new ErrorList();
    expect(requireText(errors, ['email'], value)).toBe(false);
    expect(errors.errors).toEqual([{ message: "can't be blank", path: ['email'] }]);
  });
});

describe('storable text', () => {
  it.each([
    ['plain', true],
    ['zażółć 😀', true],
    ['nul \0', false],
    ['half \ud83d', false],
    ['half \ude00 low', false],
  ])('%j storable: %s', (text, expected) => {
    expect(isStorableText(text)).toBe(expected);
    expect(isStorableJson(JSON.stringify({ [text]: text }))).toBe(expected);
    expect(isStorableText(toStorableText(text))).toBe(true);
  });

  it.each([['\\u0000'], ['\\\\ud800'], ['C:\\udata']])('lets a written-out escape pass: %s', (text) => {
    expect(isStorableJson(JSON.stringify(text))).toBe(true);
  });
});
