export interface ConfigProblem {
  /** Name of the variable; empty for a rule over several. */
  variable: string;
  /** What is wrong. Never the value of a secret. */
  message: string;
  /** What would be right, where the field says so. */
  expected?: string;
}

/** The environment does not fit the schema; lists every problem found, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config.invalid';
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(`configuration is not usable:\n${problems.map((problem) => `  ${lineOf(problem)}`).join('\n')}`);
  }
}

const lineOf = ({ variable, message, expected }: ConfigProblem): string =>
  [variable && `${variable}: `, message, expected && !message.includes(expected) && `; expected ${expected}`]
    .filter(Boolean)
    .join('');
