import { ageText } from '../../queues/queue-table';
import { fault, notice, type Check, type DoctorSettings, type Look } from '../check';
import type { Sources } from '../sources/sources';
import { byName, oldest, total, waitingWork } from './work';

/** Parked messages wait for a person (processing.md §7.4), also what found no way home. */
export class ParkedCheck implements Check {
  readonly id = 'parked';
  readonly title = 'no message waits for a person';
  readonly settles = false;

  async look(sources: Sources, { parkedAfterMs }: DoctorSettings): Promise<Look> {
    const rows = await waitingWork(sources, 'parked');
    const findings = byName(rows).map(({ name, rows: found }) => {
      const age = oldest(found);
      const reasons = [...new Set(found.map(({ reason }) => reason))].join('; ');
      const says = `${total(found, 'dead')} messages, for up to ${ageText(age)}: ${reasons}`;
      return age * 1_000 >= parkedAfterMs ? fault(name, says) : notice(name, says);
    });
    return { findings, figures: { parked: total(rows, 'dead') } };
  }
}
