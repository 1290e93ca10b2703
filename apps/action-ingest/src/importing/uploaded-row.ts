/** What a field of a file may hold: text in CSV, JSON's own values in JSON. */
export type FieldValue = string | number | boolean | unknown[] | Record<string, unknown>;

/** By the names of `importFields`; what is empty is left out. */
export type RowFields = ReadonlyMap<string, FieldValue>;

/** Why a row is refused: a field and a rule, never what it holds. */
export interface RowProblem {
  field: string | null;
  reason: string;
}

/** A row as it stands in the file. */
export interface FileRow {
  /** 1 for the first below the header. */
  number: number;
  /** Where the next one begins, bytes from the beginning of the file. */
  end: number;
  content: { fields: RowFields } | { problems: RowProblem[] };
}

/** Nothing after this can be read. */
export class UnreadableFileError extends Error {
  readonly code = 'importing.unreadable_file';

  constructor(reason: string) {
    super(reason);
    this.name = 'UnreadableFileError';
  }
}

export const problemRow = (number: number, end: number, reason: string): FileRow => ({
  number,
  end,
  content: { problems: [{ field: null, reason }] },
});
