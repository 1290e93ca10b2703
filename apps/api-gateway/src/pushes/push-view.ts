import type { PushBacklogRow, PushEndpointRow } from './push-endpoint.read-model';
import type { PushAttemptRow, PushRow } from './push.read-model';
import { shownHost } from './shown-host';

/** A push as the API shows it; its attempts are looked up when they are asked for. */
export const viewPush = ({ kind, state, ...row }: PushRow) => ({
  ...row,
  kind: kind.toUpperCase(),
  state: state.toUpperCase(),
});
export type PushView = ReturnType<typeof viewPush>;

export const viewAttempt = ({ outcome, ...row }: PushAttemptRow) => ({ ...row, outcome: outcome.toUpperCase() });

/** An endpoint as the API shows it; what waits for it is counted when it is asked for. */
export const viewEndpoint = (row: PushEndpointRow) => ({
  orgId: row.orgId,
  serviceId: row.serviceId,
  name: row.name.toUpperCase(),
  host: shownHost(row.host),
  usedFor: [...(row.isForActions ? ['ACTION'] : []), ...(row.isForEvents ? ['EVENT'] : [])],
  ...conditionOf(row),
  lastSuccessAt: row.lastSuccessAt,
  lastFailureAt: row.lastFailureAt,
  lastError: row.lastError,
  failuresInRow: row.failuresInRow,
  hasSigningSecret: row.isSigning,
  previousSecretUntil: row.previousSecretUntil,
});
export type PushEndpointView = ReturnType<typeof viewEndpoint>;

/** Whether it is called. `since` of a resting one is when it began to fail. */
function conditionOf(row: PushEndpointRow) {
  if (row.disabledAt) {
    return { state: 'DISABLED', reason: row.disabledReason, since: row.disabledAt, restsUntil: null };
  }
  if (!row.restsUntil) return { state: 'ENABLED', reason: null, since: null, restsUntil: null };
  return { state: 'RESTING', reason: row.lastError, since: row.failingSince, restsUntil: row.restsUntil };
}

/** Of the kinds an endpoint gets. */
export function viewBacklog(rows: readonly Omit<PushBacklogRow, 'orgId'>[], usedFor: readonly string[]) {
  const own = rows.filter(({ kind }) => usedFor.includes(kind.toUpperCase()));
  const sumOf = (count: 'waiting' | 'failed'): number => own.reduce((sum, row) => sum + row[count], 0);
  const oldest = own.flatMap(({ oldestAt }) => oldestAt ?? []).sort((a, b) => +a - +b);
  return { waiting: sumOf('waiting'), failed: sumOf('failed'), oldestAt: oldest[0] ?? null };
}
