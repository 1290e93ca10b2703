interface DatabaseAnswer {
  code?: string;
  constraint?: string;
  column?: string;
}

/** Class 22: the value does not fit its type; 23: a constraint refuses it. Everything else is no fault of the row. */
export const isRowFault = (error: unknown): boolean => /^2[23]/.test((error as DatabaseAnswer).code ?? '');

const known: Readonly<Record<string, string>> = {
  23502: 'a value is missing',
  23503: 'what it refers to is not here',
  23505: 'not unique',
  23514: 'not allowed',
};

/** Names the rule, never the value: that may be somebody's address. */
export function reasonOf(error: unknown): string {
  const { code = '', constraint, column } = error as DatabaseAnswer;
  const where = constraint ?? column;
  return `${known[code] ?? `SQLSTATE ${code}`}${where === undefined ? '' : ` (${where})`}`;
}
