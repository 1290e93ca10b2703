import type { ReportFormat, ReportKind } from '@groundswell/contracts';

/** What a person asked for. */
export interface Report {
  id: number;
  jobId: number;
  orgId: number;
  kind: ReportKind;
  format: ReportFormat;
  campaignId: number | null;
  /** Of [from, to). */
  from: Date | null;
  to: Date | null;
  language: string;
  timeZone: string;
  /** User. */
  requestedBy: number;
}

export type Cell = string | number | boolean | null;

/** The rows of a report, some at a time, so that none of it is held whole. */
export interface ReportRows {
  columns: readonly string[];
  pages: AsyncIterable<Cell[][]>;
}

export const fileKeyOf = ({ orgId, id, format }: Pick<Report, 'orgId' | 'id' | 'format'>): string =>
  `reports/${orgId}/${id}.${format}`;
