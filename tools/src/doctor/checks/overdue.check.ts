import type { WorkKind } from '@groundswell/persistence';
import { ageText } from '../../queues/queue-table';
import { fault, notice, type Check, type Finding, type Look } from '../check';
import type { Sources } from '../sources/sources';
import { byName, oldest, total, waitingWork } from './work';

/** How long what is due may wait until somebody takes it, s. Pushes have schedules of days, and orgs at their other end. */
const takenWithinSeconds: Partial<Record<WorkKind, number>> = {
  jobs: 900,
  mail: 900,
  mailings: 3_600,
  'mail-events': 900,
  references: 3_600,
  enrichment: 3_600,
};
const lookedAt: WorkKind[] = [
  'jobs',
  'mail',
  'mailings',
  'mail-events',
  'loops',
  'mtt',
  'pushes',
  'references',
  'enrichment',
];

/** What is due is done, and what failed for good or has an unknown end is told. */
export class OverdueCheck implements Check {
  readonly id = 'overdue';
  readonly title = 'jobs, mails and pushes that are due are done';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const rows = await waitingWork(sources, ...lookedAt);
    const findings = byName(rows).flatMap(({ name, rows: found }): Finding[] => {
      const [{ kind }] = found as [(typeof found)[number]];
      const age = oldest(found);
      const limit = takenWithinSeconds[kind];
      const isPaused = found.some((row) => row.isPaused);
      const waiting = total(found, 'waiting');
      return [
        ...(isPaused ? [notice(`${name} paused`, `${waiting} wait until a person resumes it`)] : []),
        ...(!isPaused && waiting > 0 && limit !== undefined && age > limit
          ? [fault(name, `${waiting} are due, for up to ${ageText(age)}`)]
          : []),
        ...(total(found, 'failed') > 0
          ? [notice(`${name} failed`, `${total(found, 'failed')}${reasonsOf(found)}`)]
          : []),
        ...(total(found, 'dead') > 0
          ? [notice(`${name} unknown`, `${total(found, 'dead')}: a person must decide`)]
          : []),
      ];
    });
    return { findings, figures: { due: total(rows, 'waiting') } };
  }
}

const reasonsOf = (rows: readonly { reason: string | null }[]): string => {
  const reasons = [...new Set(rows.flatMap(({ reason }) => (reason === null ? [] : [reason])))];
  return reasons.length > 0 ? `: ${reasons.slice(0, 3).join('; ')}` : '';
};
