import { parse, type CsvError, type Parser } from 'csv-parse';
import { importLimits } from '@groundswell/contracts';
import { UnreadableFileError } from './uploaded-row';

export interface CsvRecord {
  values: string[];
  /** Where the next one begins, bytes from the beginning of the file. */
  end: number;
}

export interface CsvReading {
  delimiter: string;
  /** Where `source` begins: the end of a record. */
  from: number;
}

const unreadable: Record<string, string> = {
  CSV_MAX_RECORD_SIZE: `a row is larger than ${importLimits.rowBytes} bytes; is a quote not closed?`,
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
};

/**
 * Records of a CSV file in UTF-8, from any record on, as many at a time as a piece of the file holds. The parser is fed by hand: its
 * stream would throw away the records before a fault.
 */
export async function* readCsv(
  source: AsyncIterable<Buffer>,
  { delimiter, from }: CsvReading,
): AsyncGenerator<CsvRecord[]> {
  let records: CsvRecord[] = [];
  const parser = parse({
    bom: from === 0,
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: importLimits.rowBytes,
    on_record: (values: string[], { bytes }) => {
      records.push({ values, end: from + bytes });
      return null;
    },
  });
  // Faults are read from the calls themselves.
  parser.on('error', () => undefined);
  const taken = (): CsvRecord[] => {
    const all = records;
    records = [];
    return all;
  };
  for await (const piece of source) {
    const fault = await fed(parser, piece);
    yield taken();
    if (fault) throw readableFault(fault);
  }
  const fault = await ended(parser);
  yield taken();
  if (fault) throw readableFault(fault);
}

const fed = (parser: Parser, piece: Buffer): Promise<Error | null> =>
  new Promise((resolve) => {
    parser.write(piece, (error) => resolve(error ?? null));
  });

const ended = (parser: Parser): Promise<Error | null> =>
  new Promise((resolve) => {
    parser.once('error', resolve).once('finish', () => resolve(null));
    parser.end();
  });

/** The parser's own texts quote the file. */
const readableFault = (fault: Error): UnreadableFileError =>
  new UnreadableFileError(unreadable[(fault as CsvError).code] ?? 'is no CSV file');
