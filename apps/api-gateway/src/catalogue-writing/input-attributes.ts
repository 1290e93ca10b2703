import { blankError, invalidError, isStorableText, tooLongError } from '@groundswell/domain';
import { InputError, type InputProblem } from '../api/api-error';

type Path = (string | number)[];
type Check = (text: string) => string | null;

const maxTextLength = 255;

/**
 * Reads attributes of one input object by the casting rules of graphql-api.md §1.6 and collects what is wrong.
 * Every reader answers `undefined` for an absent attribute (leave the column alone) and for a wrong one.
 */
export class InputAttributes<Input extends object> {
  readonly problems: InputProblem[] = [];

  /** `isNew`: required attributes must be there. `at`: where this object stands inside the whole input. */
  constructor(
    private readonly input: Input,
    private readonly isNew: boolean,
    private readonly at: Path = [],
  ) {}

  /** Value or null as given; empty text counts as null. */
  given<Key extends keyof Input & string>(key: Key): NonNullable<Input[Key]> | null | undefined {
    const value = this.input[key];
    return value === '' ? null : (value as NonNullable<Input[Key]> | null | undefined);
  }

  requiredText<Key extends keyof Input & string>(key: Key, check?: Check): string | undefined {
    const text = this.given(key) as string | null | undefined;
    if (text === undefined && !this.isNew) return undefined;
    if (text == null || text.trim() === '') {
      this.refuse([key], blankError);
      return undefined;
    }
    return this.checked(key, text, check);
  }

  optionalText<Key extends keyof Input & string>(key: Key, check?: Check): string | null | undefined {
    const text = this.given(key) as string | null | undefined;
    return text == null ? text : this.checked(key, text, check);
  }

  /** For columns that are never null: null sets the default. */
  orDefault<Key extends keyof Input & string>(
    key: Key,
    defaultValue: NonNullable<Input[Key]>,
  ): NonNullable<Input[Key]> | undefined {
    const value = this.given(key);
    return value === undefined ? undefined : (value ?? defaultValue);
  }

  /** A JSON object Postgres can store. */
  config<Key extends keyof Input & string>(key: Key): Record<string, unknown> | undefined {
    const value = this.input[key] as Record<string, unknown> | null | undefined;
    if (value === undefined) return undefined;
    if (value === null) return {};
    if (isStorableJsonObject(value)) return value;
    this.refuse([key], invalidError);
    return undefined;
  }

  /** `check` names the violated rule. */
  number<Key extends keyof Input & string>(
    key: Key,
    check: (value: number) => string | null,
  ): number | null | undefined {
    const value = this.given(key) as number | null | undefined;
    if (value == null) return value;
    const message = check(value);
    if (message === null) return value;
    this.refuse([key], message);
    return undefined;
  }

  refuse(path: Path, message: string): void {
    this.problems.push({ path: [...this.at, ...path], message });
  }

  /** Throws everything found so far together. */
  throwProblems(): void {
    if (this.problems.length > 0) throw new InputError(this.problems);
  }

  private checked(key: string, text: string, check?: Check): string | undefined {
    const message = textProblem(text) ?? check?.(text) ?? null;
    if (message === null) return text;
    this.refuse([key], message);
    return undefined;
  }
}

/** What keeps a text out of a varchar(255) column. */
function textProblem(text: string): string | null {
  if (!isStorableText(text)) return invalidError;
  return [...text].length > maxTextLength ? tooLongError(maxTextLength) : null;
}

function isStorableJsonObject(value: Record<string, unknown>): boolean {
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  let isStorable = true;
  JSON.stringify(value, (key, item: unknown) => {
    if (!isStorableText(key) || (typeof item === 'string' && !isStorableText(item))) isStorable = false;
    return item;
  });
  return isStorable;
}

/** The attributes that were given, for an update or an insert that leaves the others to their defaults. */
export function withoutUndefined<T extends object>(row: T): Partial<T> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Names of the attributes a caller gave, for the audit log. */
export const givenNames = (input: object): string[] =>
  Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name)
    .sort();
