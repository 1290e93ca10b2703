import { ApiError } from '../api/api-error';

/** The one identifier that was given; an explicit null counts as absent (graphql-api.md §1.5). */
export function oneIdentifier<T extends number | string>(...alternatives: (T | null | undefined)[]): T {
  const given = alternatives.filter((value) => value != null);
  if (given.length !== 1) throw new ApiError('bad_arg', 'Provide exactly one identifier argument');
  return given[0]!;
}
