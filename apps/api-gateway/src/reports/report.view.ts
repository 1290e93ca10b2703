import type { StoredReport } from './report.read-model';

export type ReportState = 'QUEUED' | 'RUNNING' | 'COMPLETE' | 'ERROR' | 'CANCELED' | 'WITHDRAWN';
export type ReportView = ReturnType<typeof viewReport>;

const states = { queued: 'QUEUED', running: 'RUNNING', failed: 'ERROR', canceled: 'CANCELED' } as const;

export function reportState({ jobState, isWithdrawn }: Pick<StoredReport, 'jobState' | 'isWithdrawn'>): ReportState {
  if (jobState !== 'complete') return states[jobState];
  return isWithdrawn ? 'WITHDRAWN' : 'COMPLETE';
}

const unnamedFault = 'The report could not be made';

export function viewReport(report: StoredReport) {
  const state = reportState(report);
  const { id, kind, format, campaignId, from, to, language, timeZone, requestedAt, size } = report;
  return {
    ...{ id, campaignId, from, to, language, timeZone, requestedAt, state },
    kind: kind.toUpperCase(),
    format: format.toUpperCase(),
    rows: report.rows ?? report.rowsSoFar,
    size,
    error: state === 'ERROR' ? (report.error ?? unnamedFault) : null,
    finishedAt: report.finishedAt,
    expiresAt: state === 'COMPLETE' ? report.expiresAt : null,
  };
}
