import { importFieldOf, importLimits, type ImportSettingsV1 } from '@groundswell/contracts';
import { readCsv, type CsvRecord } from './csv-records';
import { UnreadableFileError, type FieldValue, type FileRow, type RowProblem } from './uploaded-row';

/** The field of each column, null for one that is left out. */
export type CsvColumns = (string | null)[];

/** What the header says, by the mapping and by names of fields. Throws UnreadableFileError. A file without header has a person in
 *  its first row, so columns are told by number. */
export function columnsOf(header: readonly string[], mapping: ImportSettingsV1['mapping']): CsvColumns {
  if (header.length > importLimits.columns) {
    throw new UnreadableFileError(`has more than ${importLimits.columns} columns`);
  }
  const mapped = new Map(mapping.map(({ column, field }) => [column.trim(), field]));
  const columns = header.map((name, index) => {
    const field = mapped.get(name.trim());
    if (field !== undefined) return field;
    const own = importFieldOf(name);
    if (own === null) throw new UnreadableFileError(`column ${index + 1} is not known: map it, or map it to null`);
    return own;
  });
  const twice = columns.findIndex((field, index) => field !== null && columns.indexOf(field) < index);
  if (twice >= 0) throw new UnreadableFileError(`column ${twice + 1} is for a field that another column is for`);
  const missing = mapping.find(({ column }) => !header.some((name) => name.trim() === column.trim()));
  if (missing) {
    throw new UnreadableFileError(`there is no column for number ${mapping.indexOf(missing) + 1} of the mapping`);
  }
  return columns;
}

export interface CsvPosition {
  offset: number;
  rows: number;
  columns: CsvColumns | null;
}

/** Rows from a position on; `columns` is called once, when the header was read. */
export async function* csvRows(
  source: AsyncIterable<Buffer>,
  settings: ImportSettingsV1,
  position: CsvPosition,
  onColumns: (columns: CsvColumns) => void,
): AsyncGenerator<FileRow> {
  let { columns, rows } = position;
  for await (const records of readCsv(source, { delimiter: settings.delimiter, from: position.offset })) {
    for (const record of records) {
      if (columns === null) {
        columns = columnsOf(record.values, settings.mapping);
        onColumns(columns);
      } else yield rowOf(record, columns, (rows += 1));
    }
  }
  if (columns === null) throw new UnreadableFileError('has no header');
}

function rowOf({ values, end }: CsvRecord, columns: CsvColumns, number: number): FileRow {
  if (values.every((value) => value.trim() === '')) return refused(number, end, { field: null, reason: 'is empty' });
  if (values.length !== columns.length) {
    const reason = `has ${values.length} columns, the header has ${columns.length}`;
    return refused(number, end, { field: null, reason });
  }
  const fields = new Map<string, FieldValue>();
  columns.forEach((field, index) => {
    const value = values[index] ?? '';
    if (field !== null && value.trim() !== '') fields.set(field, value);
  });
  return { number, end, content: { fields } };
}

const refused = (number: number, end: number, problem: RowProblem): FileRow => ({
  number,
  end,
  content: { problems: [problem] },
});
