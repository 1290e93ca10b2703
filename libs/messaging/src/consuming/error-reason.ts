import { describeError } from '../logger';

const codePattern = /^[A-Za-z0-9_.:-]{1,64}$/;

/** Why a message failed, in a form fit for a table and a metric: the error's code, else its class. Never its text, which
 *  may quote the message. `at` is the place it was thrown. */
export const reasonOf = (error: unknown): { reason: string; details: Record<string, unknown> } => {
  if (!(error instanceof Error)) return { reason: 'unknown error', details: { thrown: typeof error } };
  const code = String((error as { code?: unknown }).code ?? '');
  const at = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return {
    reason: codePattern.test(code) ? code : error.name,
    details: { error: error.name, ...(at === undefined ? {} : { at: at.trim() }) },
  };
};

/** Why a body does not fit its contract: the paths and codes of the first problems, as zod gives them, without values. */
export const contractProblemsOf = (error: unknown): Record<string, unknown> => {
  const issues = (error as { issues?: unknown } | undefined)?.issues;
  if (!Array.isArray(issues)) return { problem: error instanceof Error ? error.name : typeof error };
  const problems = issues.slice(0, 5).map((issue: { path?: unknown[]; code?: string }) => {
    const path = (issue.path ?? []).map(String).join('.');
    return `${path || '(whole body)'}: ${issue.code ?? 'invalid'}`;
  });
  return { problems };
};

export const textOf = (error: unknown): string => describeError(error).error;
