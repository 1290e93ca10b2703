import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../setup/command.mjs';
import { inRoot, root } from '../paths.mjs';

const FETCH_TIMEOUT_MS = 20_000;
const DAY_MS = 86_400_000;
/** An exception is looked at again at least that often. */
const LONGEST_EXCEPTION_DAYS = 180;

const npmCommand = () => {
  const npm = process.env.npm_execpath;
  return npm && /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ['npm'];
};

/** What `npm audit` prints, also where it ends with an error: with findings it ends with 1. */
export async function auditReport(dir, env, signal) {
  const [command, ...first] = npmCommand();
  const args = ['audit', '--json', '--package-lock-only', '--fetch-retries=0', `--fetch-timeout=${FETCH_TIMEOUT_MS}`];
  let output = '';
  const onLine = (line) => (output += `${line}\n`);
  await runCommand(command, [...first, ...args], { cwd: dir, env, signal, onLine }).catch((error) => {
    if (signal?.aborted || !output) throw error;
  });
  return JSON.parse(output);
}

/** Advisories of a report: `{id, package, title, url, severity, isProduction}`, each once. */
function advisoriesIn(report, lockfile) {
  const found = new Map();
  for (const { name, via, nodes = [] } of Object.values(report.vulnerabilities ?? {})) {
    const isProduction = nodes.some((node) => !lockfile.packages[node]?.dev);
    for (const { url, title, severity, source } of via.filter((one) => typeof one === 'object')) {
      const id = url?.split('/').at(-1) ?? String(source);
      const known = found.get(`${id} ${name}`);
      found.set(`${id} ${name}`, {
        id,
        package: name,
        title,
        url,
        severity,
        isProduction: isProduction || !!known?.isProduction,
      });
    }
  }
  return [...found.values()];
}

/** Faults in the list itself: each exception says what, why and until when. */
export function faultsOfExceptions(exceptions, today) {
  return exceptions.flatMap((exception) => {
    const { advisory, package: name, reason, until } = exception;
    const where = `tools/check/audit-exceptions.json: ${advisory ?? JSON.stringify(exception)}`;
    if (!advisory || !name || !reason || !/^\d{4}-\d\d-\d\d$/.test(until ?? '')) {
      return [`${where}: needs advisory, package, reason and until (YYYY-MM-DD)`];
    }
    const days = (Date.parse(until) - today.getTime()) / DAY_MS;
    return days > LONGEST_EXCEPTION_DAYS
      ? [`${where}: until ${until} is more than ${LONGEST_EXCEPTION_DAYS} days away`]
      : [];
  });
}

const isException = (exceptions, { id, package: name }, today) =>
  exceptions.some(
    ({ advisory, package: of, until }) =>
      advisory === id && of === name && Date.parse(until) + DAY_MS > today.getTime(),
  );

const lineOf = ({ id, package: name, title, severity, url, isProduction }) =>
  `${name}: ${severity}, ${isProduction ? 'in production' : 'in development only'}: ${title} (${id}, ${url})`;

/**
 * What is wrong of what `npm audit` reported. Faults of production packages are a failure unless listed with a reason and a date
 * that has not passed; of development packages, from "high" on. A registry that told nothing is a note, and no failure.
 */
export function judgeReport(report, { lockfile, exceptions, today }) {
  const faults = faultsOfExceptions(exceptions, today);
  if (!report.vulnerabilities) {
    const reason = report.error?.summary || report.message || 'no answer';
    return { problems: faults, notes: [`NOT CHECKED, the registry tells no advisories: ${reason}`] };
  }
  const found = advisoriesIn(report, lockfile);
  const open = found.filter((advisory) => !isException(exceptions, advisory, today));
  const isFailure = ({ isProduction, severity }) => isProduction || severity === 'high' || severity === 'critical';
  const unused = exceptions.filter(({ advisory }) => !found.some(({ id }) => id === advisory));
  return {
    problems: [...faults, ...open.filter(isFailure).map(lineOf)],
    notes: [
      ...open.filter((advisory) => !isFailure(advisory)).map(lineOf),
      ...unused.map(({ advisory }) => `the exception for ${advisory} is of no use any more`),
    ],
  };
}

/** Known faults of the packages in the lockfile, as the registry tells them: `{problems, notes}`. */
export async function auditDependencies({ dir = root, env = process.env, signal } = {}) {
  const report = await auditReport(dir, env, signal).catch((error) => {
    if (signal?.aborted) throw error;
    return { error: { summary: error.message } };
  });
  return judgeReport(report, {
    lockfile: JSON.parse(readFileSync(join(dir, 'package-lock.json'), 'utf8')),
    exceptions: JSON.parse(readFileSync(inRoot('tools', 'check', 'audit-exceptions.json'), 'utf8')),
    today: new Date(),
  });
}
