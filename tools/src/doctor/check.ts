import type { Sources } from './sources/sources';

/** `fault`: somebody must act. `notice`: worth knowing, and no reason to call the deployment unhealthy. */
export type Severity = 'fault' | 'notice';

export interface Finding {
  /** What it is about: a queue, a table, a service. Tells it from the check's other findings, and from one look to the next. */
  about: string;
  /** What is wrong with it, with figures. No personal data, no secrets. */
  says: string;
  severity: Severity;
}

export interface Look {
  findings: Finding[];
  /** What was counted, for the report. */
  figures?: Record<string, number | string>;
}

/** What may be set for one run. */
export interface DoctorSettings {
  /** Pause between the two looks at what may heal by itself, ms. */
  settleMs: number;
  /** Parked messages may wait that long for a person, ms. */
  parkedAfterMs: number;
  /** Messages may wait that long for an org's own software, ms. */
  unreadAfterMs: number;
  /** How many of the newest actions are accounted for; Infinity: all. */
  newestActions: number;
  /** How many campaigns are counted anew; Infinity: all. */
  campaigns: number;
  /** Lack of redundancy is a fault. */
  isCluster: boolean;
}

/** One thing that is looked at. A check reads only. Throws SourceMissingError where it was not told where to look. */
export interface Check {
  /** Also the heading in docs/doctor.md that says what to do. */
  readonly id: string;
  /** What is asked of the deployment, as a statement that should hold. */
  readonly title: string;
  /** What it finds may be on its way: only what both looks find stays, as the second one says it. */
  readonly settles: boolean;
  look(sources: Sources, settings: DoctorSettings): Promise<Look>;
}

export const fault = (about: string, says: string): Finding => ({ about, says, severity: 'fault' });
export const notice = (about: string, says: string): Finding => ({ about, says, severity: 'notice' });

/** A missing spare: a fault of a cluster, and by choice elsewhere. */
export const redundancy = ({ isCluster }: Pick<DoctorSettings, 'isCluster'>, about: string, says: string): Finding =>
  isCluster ? fault(about, says) : notice(about, says);

const shownItems = 5;

/** A few of many, and how many more there are. */
export const listed = (items: readonly (string | number)[]): string =>
  items.slice(0, shownItems).join(', ') + (items.length > shownItems ? ` and ${items.length - shownItems} more` : '');
