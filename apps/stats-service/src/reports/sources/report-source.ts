import type { Catalogue, Database } from '@groundswell/persistence';
import type { Report, ReportRows } from '../report';

export interface ReportSurroundings {
  database: Database;
  catalogue: Catalogue;
}

/** Reads the rows of one kind of report, by statements that each take little time whatever there is in all. */
export type ReportSource = (report: Report, surroundings: ReportSurroundings) => ReportRows;
