import { InputError } from '../api/api-error';

export interface PageSelection {
  after?: string | null;
  limit?: number | null;
}

export const defaultLimit = 50;
export const largestLimit = 500;

const rowIdForm = /^[1-9][0-9]{0,17}$/;

/** Null for what no row has. */
export const readRowId = (id: string): string | null => (rowIdForm.test(id) ? id : null);

/** Throws InputError at the attribute. */
export function readPage({ after, limit }: PageSelection): { after: string | null; limit: number } {
  const from = after ? readRowId(after) : null;
  if (after && from === null) throw InputError.at(['after'], 'is invalid');
  const count = limit ?? defaultLimit;
  if (count < 1) throw InputError.at(['limit'], 'must be greater than 0');
  if (count > largestLimit) throw InputError.at(['limit'], 'is too large');
  return { after: from, limit: count };
}
