export interface InputError {
  message: string;
  /** CamelCase, relative to the checked input; list positions are numbers. */
  path: (string | number)[];
}

/** Collects the errors of one validation step in the order found; an identical entry is kept once. */
export class ErrorList {
  readonly errors: InputError[] = [];

  get isEmpty(): boolean {
    return this.errors.length === 0;
  }

  /** Whether an error was found at or below this attribute. */
  concerns(attribute: string): boolean {
    return this.errors.some(({ path }) => path[0] === attribute);
  }

  add(message: string, path: readonly (string | number)[]): void {
    const isKnown = this.errors.some(
      (error) =>
        error.message === message &&
        error.path.length === path.length &&
        error.path.every((element, i) => element === path[i]),
    );
    if (!isKnown) this.errors.push({ message, path: [...path] });
  }
}
