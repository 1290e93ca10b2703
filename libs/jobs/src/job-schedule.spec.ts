import { nextRunAt } from './job-schedule';

const at = (text: string): Date => new Date(`2026-03-01T${text}Z`);

describe('the next turn of a schedule', () => {
  it.each([
    ['is one period after the last', '10:00:00', '10:00:00', '10:00:10'],
    ['keeps the beat when the last one was a little late', '10:00:00', '10:00:04', '10:00:10'],
    ['makes up once for all that were missed', '10:00:00', '12:00:05', '12:00:10'],
    ['is later than now when it is hit exactly', '10:00:00', '10:00:10', '10:00:20'],
  ])('%s', (_name, dueAt, now, next) => {
    expect(nextRunAt({ everyMs: 10_000 }, at(dueAt), at(now))).toEqual(at(next));
  });

  it('of a calendar is what that says, and later than now', () => {
    const tomorrow = (after: Date) => new Date(after.getTime() + 86_400_000);
    expect(nextRunAt({ next: tomorrow }, at('10:00:00'), at('12:00:00'))).toEqual(new Date('2026-03-02T12:00:00Z'));
    expect(() => nextRunAt({ next: (after) => after }, at('10:00:00'), at('12:00:00'))).toThrow(/later/);
  });
});
