import { phaseOf, viewBatch, viewProgress, type MailingPhase } from './mailing-view';
import type { MailingBatchRow, MailingProgressRow, MailingRow } from './mailing.read-model';

const now = new Date('2026-11-20T10:00:00.000Z');
const later = (minutes: number): Date => new Date(+now + minutes * 60_000);

it.each<[Partial<MailingRow>, MailingPhase]>([
  [{ state: 'open' }, 'COLLECTING'],
  [{ state: 'pending' }, 'PREPARING'],
  [{ state: 'pending', preparedAt: now }, 'WAITING'],
  [{ state: 'submitting', preparedAt: now }, 'WAITING'],
  [{ state: 'submitting', preparedAt: now, isSending: true }, 'SENDING'],
  [{ state: 'submitting', preparedAt: now, isSending: true, isStopAsked: true }, 'STOPPING'],
  [{ state: 'submitted', isStopAsked: true }, 'SUBMITTED'],
  [{ state: 'failed' }, 'FAILED'],
  [{ state: 'stopped' }, 'STOPPED'],
])('a mailing %j is %s', (row, phase) => {
  expect(phaseOf({ state: 'open', preparedAt: null, isStopAsked: false, isSending: false, ...row })).toBe(phase);
});

it.each<[string, Partial<MailingProgressRow>, Date | null]>([
  ['not begun', { startedAt: null }, null],
  ['begun, and nobody has it yet', { completed: 0 }, null],
  ['begun a second time, and nobody got it since', { completed: 40, doneAtStart: 40 }, null],
  ['a quarter done in ten minutes', { completed: 25 }, later(30)],
  ['at the pace of its second run', { completed: 60, doneAtStart: 40 }, later(20)],
  ['waiting for longer than its pace says', { completed: 25, lastNotBefore: later(90) }, later(90)],
])('%s', (_what, row, eta) => {
  const begun = {
    mailingId: '1',
    total: 100,
    completed: 0,
    startedAt: later(-10),
    doneAtStart: 0,
    lastNotBefore: null,
  };
  expect(viewProgress({ ...begun, now, ...row }).eta).toEqual(eta);
});

it.each([
  [null, null],
  [{ a: 1 }, { a: 1 }],
  [['a'], { details: ['a'] }],
])('details %j are shown as %j', (errorDetails, shown) => {
  expect(viewBatch({ errorDetails, state: 'failed' } as MailingBatchRow)).toMatchObject({
    errorDetails: shown,
    status: 'FAILED',
  });
});
