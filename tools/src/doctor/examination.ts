import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, DoctorSettings, Finding, Look } from './check';
import { reasonOf } from './reason-of';
import type { Sources } from './sources/sources';
import { SourceMissingError } from './sources/source-missing.error';

/** `skipped`: not told where to look. `failed`: told, and could not. */
export type CheckState = 'well' | 'notices' | 'faults' | 'skipped' | 'failed';

export interface CheckReport {
  id: string;
  title: string;
  state: CheckState;
  findings: Finding[];
  figures: Record<string, number | string>;
  /** Why it was not looked at; null when it was. */
  reason: string | null;
  ms: number;
}

/** Longest one look of one check may take, ms. Longer than the limit of any of its statements. */
const checkLimitMs = 120_000;

/** Runs the checks one after another, then looks once more at what may have been on its way. */
export async function examine(
  checks: readonly Check[],
  sources: Sources,
  settings: DoctorSettings,
): Promise<CheckReport[]> {
  const reports = new Map<Check, CheckReport>();
  for (const check of checks) reports.set(check, await lookOnce(check, sources, settings));
  const again = checks.filter((check) => check.settles && (reports.get(check)?.findings.length ?? 0) > 0);
  if (again.length > 0) {
    await sleep(settings.settleMs);
    sources.forget();
    for (const check of again) {
      const second = await lookOnce(check, sources, settings);
      reports.set(check, confirmed(reports.get(check)!, second));
    }
  }
  return [...reports.values()];
}

/** What both looks found. Where the second could not look, what the first found proves nothing. */
function confirmed(first: CheckReport, second: CheckReport): CheckReport {
  const known = new Set(first.findings.map(({ about }) => about));
  const findings = second.findings.filter(({ about }) => known.has(about));
  const ms = first.ms + second.ms;
  return second.reason === null
    ? { ...second, findings, state: stateOf(findings), ms }
    : { ...second, findings: [], ms };
}

async function lookOnce(check: Check, sources: Sources, settings: DoctorSettings): Promise<CheckReport> {
  const startedAt = performance.now();
  const report = (state: CheckState, look: Look, reason: string | null): CheckReport => ({
    id: check.id,
    title: check.title,
    state,
    findings: look.findings,
    figures: look.figures ?? {},
    reason,
    ms: Math.round(performance.now() - startedAt),
  });
  try {
    const look = await within(checkLimitMs, check.look(sources, settings));
    return report(stateOf(look.findings), look, null);
  } catch (error) {
    return report(error instanceof SourceMissingError ? 'skipped' : 'failed', { findings: [] }, reasonOf(error));
  }
}

const stateOf = (findings: readonly Finding[]): CheckState => {
  if (findings.some(({ severity }) => severity === 'fault')) return 'faults';
  return findings.length > 0 ? 'notices' : 'well';
};

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
