/** One violated rule; `path` is inside the input, camelCase, without the argument's own name. */
export interface InputProblem {
  message: string;
  path: (string | number)[];
}

/** All violated rules of one step: each becomes an error entry of its own, its path after the field's path. */
export class InputError extends Error {
  constructor(readonly problems: InputProblem[]) {
    super(problems.map((problem) => `${problem.path.join('.')}: ${problem.message}`).join('; '));
    this.name = 'InputError';
  }

  static at(path: (string | number)[], message: string): InputError {
    return new InputError([{ path, message }]);
  }
}
