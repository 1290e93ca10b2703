import { stringify } from 'csv-stringify/sync';
import type { Cell, ReportRows } from './report';

/** RFC 4180 in UTF-8, a page at a time. An apostrophe keeps a cell from being a formula to a spreadsheet. */
export async function* csvFile({ columns, pages }: ReportRows): AsyncGenerator<string> {
  yield linesOf([[...columns]]);
  for await (const rows of pages) if (rows.length > 0) yield linesOf(rows);
}

const linesOf = (rows: Cell[][]): string =>
  stringify(rows, { escape_formulas: true, cast: { boolean: (value) => String(value) } });
