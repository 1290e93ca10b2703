import { PermanentJobError } from '@groundswell/jobs';
import type { Cell, ReportRows } from './report';

/** A sheet is made in memory: what goes beyond is for CSV. */
export const xlsxRowLimit = 10_000;
export const xlsxTextLimit = 8 * 1024 * 1024;
/** Excel's own. */
const cellTextLimit = 32_767;

/** Texts stay texts there: no cell is a formula. Throws PermanentJobError for what is too large. */
export async function xlsxFile({ columns, pages }: ReportRows): Promise<Buffer> {
  const sheet: Cell[][] = [[...columns]];
  let text = 0;
  for await (const rows of pages) {
    for (const row of rows) {
      text += sizeOf(row);
      sheet.push(row);
    }
    if (sheet.length - 1 > xlsxRowLimit) throw tooLarge(`more than ${xlsxRowLimit} rows`);
    if (text > xlsxTextLimit) throw tooLarge(`more than ${xlsxTextLimit} characters`);
  }
  // Loaded where it is needed only.
  const { default: writeSheet } = await import('write-excel-file/node');
  return writeSheet(sheet, { sheet: 'Report', stickyRowsCount: 1 }).toBuffer();
}

function sizeOf(row: Cell[]): number {
  let size = 0;
  for (const cell of row) {
    if (typeof cell !== 'string') continue;
    if (cell.length > cellTextLimit) throw tooLarge(`a cell of more than ${cellTextLimit} characters`);
    size += cell.length;
  }
  return size;
}

const tooLarge = (what: string): PermanentJobError =>
  new PermanentJobError(`an XLSX report cannot have ${what}: ask for CSV`);
