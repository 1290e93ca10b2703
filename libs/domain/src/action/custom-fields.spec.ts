import { checkFields, mergeFields, onlyPublicFields, withoutTransientFields } from './custom-fields';

const notFlat = 'must be a map of string to values of strings or numbers, or lists of them';

describe('custom fields', () => {
  it.each([
    [{}],
    [{ a: 'x', b: 1.5, c: true, d: ['x', 'y'], e: [1, 2], f: [], g: '' }],
    [{ a: 'x'.repeat(5120 - '{"a":""}'.length) }],
    [{ a: 'ł'.repeat((5120 - '{"a":""}'.length) / 2) }],
    [{ path: 'C:\\u0000' }],
  ])('are a flat map that fits (%#)', (fields) => {
    expect(checkFields(fields)).toBeNull();
  });

  it.each([
    [{ a: null }],
    [{ a: undefined }],
    [{ a: { b: 1 } }],
    [{ a: ['x', 1] }],
    [{ a: [true] }],
    [{ a: [['x']] }],
    [{ a: [null] }],
    [{ a: Number.POSITIVE_INFINITY }],
    [['x']],
    ['x'],
    [null],
  ])('are refused when nested, mixed or null: %j', (fields) => {
    expect(checkFields(fields)).toBe(notFlat);
  });

  it.each([
    [{ a: 'x'.repeat(5121 - '{"a":""}'.length) }],
    [{ a: 'ł'.repeat(3000) }],
    [{ a: 'nul\0' }],
    [{ 'half \ud800': 'x' }],
  ])('are refused when too large or unstorable (%#)', (fields) => {
    expect(checkFields(fields)).toBe('is invalid');
  });

  const list = (...pairs: [string, string][]): { key: string; value: string }[] =>
    pairs.map(([key, value]) => ({ key, value }));

  it.each([
    [null, null, {}],
    [[], { a: 1 }, { a: 1 }],
    [list(['foo', '123']), null, { foo: '123' }],
    [list(['bar', '456'], ['bar', '987']), null, { bar: ['987', '456'] }],
    [list(['bar', '1'], ['foo', '2'], ['bar', '3'], ['bar', '4']), null, { bar: ['4', '3', '1'], foo: '2' }],
    [list(['bar', '1'], ['foo', '2']), { bar: 7 }, { bar: 7, foo: '2' }],
  ])('are merged from list %j and object %j', (fields, customFields, expected) => {
    expect(mergeFields(fields, customFields)).toEqual(expected);
  });

  it('keep a key named __proto__ as data', () => {
    const merged = mergeFields(list(['__proto__', 'x']), JSON.parse('{"a":1}') as Record<string, unknown>);
    expect(Object.entries(merged)).toEqual([
      ['__proto__', 'x'],
      ['a', 1],
    ]);
  });

  it('lose the transient ones and show only the public ones of their action type', () => {
    const fields = { card: 'x', 'a:b': 1, note: 'y' };
    const entries = ['petition:card', 'petition:a:b', 'share:note'];
    expect(withoutTransientFields('petition', fields, entries)).toEqual({ note: 'y' });
    expect(withoutTransientFields('donate', fields, entries)).toEqual(fields);
    expect(onlyPublicFields('petition', fields, entries)).toEqual({ card: 'x', 'a:b': 1 });
    expect(onlyPublicFields('donate', fields, entries)).toEqual({});
  });
});
