import { viewFields } from './action.view';

describe('viewFields', () => {
  it.each<[Record<string, unknown>, [string, string][]]>([
    [{}, []],
    [
      { comment: 'please', age: 7, ok: false },
      [
        ['comment', 'please'],
        ['age', '7'],
        ['ok', 'false'],
      ],
    ],
    [
      { bar: ['987', '456'], none: [] },
      [
        ['bar', '987'],
        ['bar', '456'],
      ],
    ],
  ])('expands %j', (fields, entries) => {
    expect(viewFields(fields)).toEqual(entries.map(([key, value]) => ({ key, value })));
  });
});
