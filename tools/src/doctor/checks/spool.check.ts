import { ageText } from '../../queues/queue-table';
import { fault, type Check, type Look } from '../check';
import type { Sources } from '../sources/sources';
import { oldest, total, waitingWork } from './work';

/** The spool empties as soon as the broker answers; a claim of a process that died holds a row for 15 s. */
const drainedWithinSeconds = 60;

/** Accepted submissions that wait for the broker in the gateway's outbox (design.md §3.2). */
export class SpoolCheck implements Check {
  readonly id = 'spool';
  readonly title = 'the spool drains';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const rows = await waitingWork(sources, 'spool');
    const waiting = total(rows, 'waiting');
    const age = oldest(rows);
    const findings =
      waiting > 0 && age > drainedWithinSeconds
        ? [fault('spool', `${waiting} accepted submissions wait for the broker, for up to ${ageText(age)}`)]
        : [];
    return { findings, figures: { waiting } };
  }
}
