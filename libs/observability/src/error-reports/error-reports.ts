/** One thing that went wrong, as it leaves the house: nothing in it may tell of a person. */
export interface Problem {
  level: 'fatal' | 'error' | 'warning';
  /** One line; what varies goes into `extra`, since reports are grouped by this. */
  title: string;
  error?: ReportedError | undefined;
  /** Words to search by. */
  tags?: Readonly<Record<string, string>>;
  extra?: Readonly<Record<string, unknown>>;
}

/** As the log has it. */
export interface ReportedError {
  type: string;
  message: string;
  stack?: string | undefined;
}

/** Where problems are reported to whoever looks after the software. */
export interface ErrorReports {
  readonly isOn: boolean;
  /** Never waits, never throws; too many in a minute are left out. */
  report(problem: Problem): void;
  /** Sends what waits, and waits for that a short time. */
  close(): Promise<void>;
}

export const noErrorReports: ErrorReports = {
  isOn: false,
  report: () => undefined,
  close: () => Promise.resolve(),
};
