import { randomDigits } from './random-digits';

it('gives as many digits as asked, leading zeros kept', () => {
  for (const length of [1, 6, 20]) expect(randomDigits(length)).toMatch(new RegExp(`^\\d{${length}}$`));
});

it('uses every digit about equally often', () => {
  const counts = new Array<number>(10).fill(0);
  for (const digit of randomDigits(20_000)) counts[Number(digit)]! += 1;
  // 2 000 expected, standard deviation 42: seven of them.
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(300);
});
