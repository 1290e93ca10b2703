import type { FieldProblem } from './account-rules';

/** A form that breaks rules; each problem stands at its field. */
export class FormRefusedError extends Error {
  constructor(readonly problems: FieldProblem[]) {
    super('form refused');
    this.name = 'FormRefusedError';
  }
}

export const refuseProblems = (problems: FieldProblem[]): void => {
  if (problems.length > 0) throw new FormRefusedError(problems);
};
