import type { MailEvent } from '../mail-event';
import { afterFailure, failureOf, type Failure } from './failure';

const at = (minutes: number): Date => new Date(Date.UTC(2026, 2, 1, 10, minutes));
const failed = (severity: 'permanent' | 'temporary', minutes: number, key: string): Failure => {
  const event = { type: 'failed', severity, at: at(minutes), isSuppressed: false } as MailEvent;
  const failure = failureOf({ ...event, error: { code: 550, enhancedCode: null, message: key } }, Buffer.from(key));
  if (!failure) throw new Error('a failure');
  return failure;
};
const afterAll = (failures: readonly Failure[]) => failures.reduce<Failure | null>(afterFailure, null);

/** Every order of a few things. */
const ordersOf = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, index) => ordersOf(items.filter((_, at) => at !== index)).map((rest) => [item, ...rest]));

it.each([
  [
    'the newest temporary one',
    [failed('temporary', 1, 'a'), failed('temporary', 3, 'b'), failed('temporary', 2, 'c')],
    'b',
  ],
  ['of two at once the one with the larger key', [failed('temporary', 3, 'b'), failed('temporary', 3, 'c')], 'c'],
  ['the permanent one', [failed('temporary', 9, 'a'), failed('permanent', 2, 'b'), failed('temporary', 1, 'c')], 'b'],
  [
    'the first permanent one',
    [failed('permanent', 5, 'a'), failed('permanent', 4, 'b'), failed('temporary', 6, 'c')],
    'b',
  ],
  [
    'of two permanent ones at once that with the smaller key',
    [failed('permanent', 4, 'b'), failed('permanent', 4, 'a')],
    'a',
  ],
])('keeps %s, in every order', (_name, failures, kept) => {
  for (const order of ordersOf(failures)) {
    expect(afterAll(order)).toMatchObject({ message: kept, attempts: failures.length });
  }
});

it('is nothing that did not fail, or has no error', () => {
  const event = { type: 'failed', severity: 'permanent', at: at(1), error: null } as MailEvent;
  expect(failureOf(event, Buffer.alloc(1))).toBeNull();
  const complaint = { ...event, type: 'complained' as const, error: { code: 1, enhancedCode: null, message: 'spam' } };
  expect(failureOf(complaint, Buffer.alloc(1))).toBeNull();
});
