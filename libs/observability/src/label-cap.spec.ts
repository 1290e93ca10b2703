import { LabelCap } from './label-cap';

it('keeps the first values and calls the rest other', () => {
  const cap = new LabelCap(2);
  expect([7, 'a', 7, 8, null, 'a', 8].map((value) => cap.of(value))).toEqual([
    '7',
    'a',
    '7',
    'other',
    '',
    'a',
    'other',
  ]);
});
