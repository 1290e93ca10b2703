import type { MailEvent, PageResult } from '../mail-event';
import { isFinalFailure } from './delivery-times';

export const emptyResult = (): PageResult => ({
  delivered: 0,
  opened: 0,
  clicked: 0,
  temporaryFailed: 0,
  permanentFailed: 0,
  blocked: 0,
  unsubscribed: 0,
  complained: 0,
  unhandled: 0,
  unprocessable: 0,
});

/** What an event with a row counts as. */
export function countedAs(event: MailEvent): keyof PageResult {
  const { type } = event;
  if (type === 'failed') return isFinalFailure(event) ? 'permanentFailed' : 'temporaryFailed';
  return type === 'accepted' || type === 'other' ? 'unhandled' : type;
}

export function sumResults(results: readonly PageResult[]): PageResult {
  const sum = emptyResult();
  for (const result of results) {
    for (const name of Object.keys(sum) as (keyof PageResult)[]) sum[name] += result[name];
  }
  return sum;
}
