import { z } from 'zod';
import { loadConfig } from './load-config';
import { mttVariables } from './mtt-variables';

const ratios = Array.from({ length: 24 }, (_, hour) => hour / 24);
const read = (environment: Record<string, string> = {}) =>
  loadConfig(z.object(mttVariables({ cycleMs: 180_000, perHour: 30, ratios })), environment);

it('has the table it is given unless the environment has one', () => {
  expect(read().MTT_HOUR_RATIOS).toEqual(ratios);
  const flat = Array.from({ length: 24 }, () => 0.5);
  expect(read({ MTT_HOUR_RATIOS: flat.join(', ') }).MTT_HOUR_RATIOS).toEqual(flat);
});

it.each([
  ['too few', '0.5,1'],
  ['one above 1', [...ratios.slice(1), 1.1].join()],
  ['one below 0', [...ratios.slice(1), -0.1].join()],
  ['a word', [...ratios.slice(1), 'x'].join()],
])('refuses %s', (_what, MTT_HOUR_RATIOS) => {
  expect(() => read({ MTT_HOUR_RATIOS })).toThrow(/MTT_HOUR_RATIOS: is not 24 shares from 0 to 1/);
});
