import { cannotFinish } from '@groundswell/domain';
import { InputError, type InputProblem } from '../api/api-error';
import type { ConfirmationCase } from './confirmation-settings.read-model';

/**
 * Runs a change inside a catalogue transaction and refuses it when it makes a configuration whose actions would wait
 * for ever (processing.md §7.2). What could not finish before does not stand in the way of other changes.
 */
export async function refuseUnfinishable<T>(
  readCases: () => Promise<ConfirmationCase[]>,
  change: () => Promise<T>,
): Promise<T> {
  const before = new Set((await readCases()).flatMap((one) => problemsOf(one).map((problem) => problem.key)));
  const result = await change();
  refuseProblems(await readCases(), before);
  return result;
}

/** The same for rows that did not exist before. */
export function refuseProblems(cases: ConfirmationCase[], known: ReadonlySet<string> = new Set()): void {
  const problems = new Map<string, InputProblem>();
  for (const { key, flag, missing } of cases.flatMap(problemsOf)) {
    if (!known.has(key)) problems.set(`${flag}/${missing}`, { path: [flag], message: `cannot finish: ${missing}` });
  }
  if (problems.size > 0) throw new InputError([...problems.values()]);
}

const problemsOf = (one: ConfirmationCase) =>
  cannotFinish(one.settings).map(({ flag, missing }) => ({ key: `${one.key}/${missing}`, flag, missing }));
