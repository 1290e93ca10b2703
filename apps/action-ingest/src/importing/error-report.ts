import { stringify } from 'csv-stringify/sync';

interface ReportedError {
  row: number;
  field: string | null;
  reason: string;
}

/** The errors of an upload as a file people can open. */
export const errorReport = (errors: readonly ReportedError[]): Buffer =>
  Buffer.from(
    stringify(
      errors.map(({ row, field, reason }) => [row, field ?? '', reason]),
      { header: true, columns: ['row', 'field', 'reason'], record_delimiter: 'windows' },
    ),
  );

export const reportKeyOf = ({ id, orgId }: { id: number; orgId: number }): string =>
  `reports/${orgId}/upload-${id}-errors.csv`;
