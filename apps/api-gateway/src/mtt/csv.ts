/** What spreadsheets would run as a formula. */
const formulaStart = /^[=+\-@\t\r]/;
const needsQuotes = /[",\r\n]/;

/** One row of a CSV file (RFC 4180), without a line end. Null is empty; an apostrophe keeps a cell from being a formula. */
export const csvRow = (cells: readonly (string | null)[]): string => cells.map(csvCell).join(',');

function csvCell(cell: string | null): string {
  if (cell === null) return '';
  const text = formulaStart.test(cell) ? `'${cell}` : cell;
  return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
