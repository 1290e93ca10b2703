import type { ActionPage } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import { InputError, type InputProblem } from '../api/api-error';
import type { RemoteTemplates } from '../catalogue-writing/remote-templates';
import { TemplateCheck } from '../catalogue-writing/template-check';
import { pageTemplates } from './page-input';

/** Templates a page may not name, as problems at the attribute. */
export async function templateProblems(
  manager: EntityManager,
  orgId: number,
  columns: Partial<ActionPage>,
  remote: RemoteTemplates,
  at: (string | number)[] = [],
): Promise<InputProblem[]> {
  const check = new TemplateCheck(manager, remote);
  const problems: InputProblem[] = [];
  for (const attribute of pageTemplates) {
    const message = await check.problemOf(orgId, columns[attribute]);
    if (message) problems.push({ path: [...at, attribute], message });
  }
  return problems;
}

export function refuse(problems: InputProblem[]): void {
  if (problems.length > 0) throw new InputError(problems);
}
