import { randomInt } from 'node:crypto';

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
const symbols = '!?@#$%^&*_';

/** 16 letters, 4 digits, 2 symbols in any order, for accounts that sign in elsewhere. */
export const randomPassword = (): string => {
  const characters = [...pick(letters, 16), ...pick(digits, 4), ...pick(symbols, 2)];
  for (let last = characters.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other]!, characters[last]!];
  }
  return characters.join('');
};

const pick = (alphabet: string, count: number): string[] =>
  Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]!);
