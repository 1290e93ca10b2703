import { isUniqueViolation } from '@groundswell/persistence';
import { InputError } from '../api/api-error';

/** Unique index of the database → path of the attribute that is taken, inside the input. */
export type TakenPaths = Record<string, (string | number)[]>;

export const takenError = 'has already been taken';

/** Runs a statement; a violated unique index becomes `has already been taken` at the attribute's path. */
export async function refuseTaken<T>(paths: TakenPaths, statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (error) {
    for (const [constraint, path] of Object.entries(paths)) {
      if (isUniqueViolation(error, constraint)) throw InputError.at(path, takenError);
    }
    throw error;
  }
}
