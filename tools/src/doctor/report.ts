import type { CheckReport, CheckState } from './examination';

export interface Report {
  at: Date;
  /** Of what was looked at. */
  sources: string[];
  checks: CheckReport[];
}

/** 0: healthy. 1: faults. 2: no fault found, and something could not be looked at. `isStrict`: notices count as faults. */
export function exitCodeOf({ checks }: Pick<Report, 'checks'>, isStrict: boolean): 0 | 1 | 2 {
  const has = (state: CheckState): boolean => checks.some((check) => check.state === state);
  if (has('faults') || (isStrict && has('notices'))) return 1;
  return has('failed') ? 2 : 0;
}

/** Of one check; a damaged broker can lack thousands. */
const mostShown = 20;

const words: Record<CheckState, string> = {
  well: 'well',
  notices: 'notice',
  faults: 'FAULT',
  skipped: 'skipped',
  failed: 'FAILED',
};

/** For a person: one line a check, and under it what is wrong with it and where it says what to do. */
export function reportText(report: Report): string {
  const width = Math.max(...report.checks.map(({ id }) => id.length));
  const lines = report.checks.flatMap((check) => linesOf(check, width));
  return [`${report.at.toISOString()}  looked at ${report.sources.join(', ')}`, ...lines, '', summaryOf(report)].join(
    '\n',
  );
}

function linesOf(check: CheckReport, width: number): string[] {
  const tail = check.reason ?? [check.title, figuresOf(check)].filter(Boolean).join(': ');
  const head = `${words[check.state].padEnd(8)}${check.id.padEnd(width)}  ${printable(tail)}`;
  const findings = check.findings
    .slice(0, mostShown)
    .map(
      ({ severity, about, says }) => `          ${severity === 'fault' ? '!' : '-'} ${printable(`${about}: ${says}`)}`,
    );
  const hidden = check.findings.length - findings.length;
  if (hidden > 0) findings.push(`          and ${hidden} more: --json shows all`);
  const next = findings.length > 0 ? [`          what to do: docs/doctor.md#${check.id}`] : [];
  return [head, ...findings, ...next];
}

const figuresOf = ({ figures }: CheckReport): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

function summaryOf({ checks }: Report): string {
  const count = (state: CheckState): number => checks.filter((check) => check.state === state).length;
  const all = [
    `${checks.length} checks`,
    `${count('well')} well`,
    `${count('faults')} with faults`,
    `${count('notices')} with notices`,
    `${count('skipped')} skipped`,
    `${count('failed')} could not be made`,
  ];
  return all.join(', ');
}

export const reportJson = (report: Report, exitCode: number): string =>
  JSON.stringify({ ...report, isHealthy: exitCode === 0, exitCode }, null, 2);

/** Names and reasons come from anywhere: a terminal must not obey them. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ');
