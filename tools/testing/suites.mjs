import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot, packageBin, root } from '../paths.mjs';
import { readJson } from '../process/json-file.mjs';
import { say } from '../setup/progress.mjs';
import { afterSecondTry, filesToRepeat } from './second-try.mjs';

/** Runs a test program with its output on the terminal. Ctrl-C reaches it too; we wait for it to end by itself. */
function runShown(args, { env, signal, stdio = 'inherit' }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      stdio: ['ignore', ...[stdio].flat(), 'inherit'].slice(0, 3),
    });
    const end = () => child.kill('SIGTERM');
    signal.addEventListener('abort', end, { once: true });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      signal.removeEventListener('abort', end);
      resolve({ code, output });
    });
  });
}

async function jestReport({ name, serial, workers }, outputFile, { env, rest, signal }) {
  const args = [
    packageBin('jest'),
    '--selectProjects',
    name,
    '--passWithNoTests',
    '--json',
    `--outputFile=${outputFile}`,
  ];
  if (serial) args.push('--runInBand');
  else if (workers) args.push(`--maxWorkers=${workers}`);
  const flags = `--disable-warning=ExperimentalWarning --import=${pathToFileURL(inRoot('tools', 'testing', 'typescript-hooks.mjs'))}`;
  const options = {
    env: { ...env, NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} ${flags}`.trim() },
    signal,
    stdio: 'ignore',
  };
  const { code } = await runShown([...args, ...rest], options);
  return { code, report: readJson(outputFile) };
}

/** Jest's projects are named like the suites. A file that does not even load counts as one failure. */
export async function runJest(suite, options) {
  const { name, hasSecondTry } = suite;
  const { code, report } = await jestReport(suite, join(options.dir, `${name}.json`), options);
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  const counts = {
    passed: report.numPassedTests,
    // Jest can fail for what is no test: a coverage limit, an open handle, a broken global set-up.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  const files = hasSecondTry && !options.signal.aborted ? filesToRepeat(report) : [];
  if (files.length === 0) return counts;
  say(`once more, by themselves: ${files.map((file) => relative(root, file)).join(', ')}`);
  const again = { ...options, rest: ['--runTestsByPath', ...files] };
  const second = await jestReport({ name, serial: true }, join(options.dir, `${name}-again.json`), again);
  return second.report ? { ...counts, ...afterSecondTry(report, second.report) } : counts;
}

/** The tests of these tools, run by Node itself; the counts are the last lines of its report. */
export async function runToolTests(_suite, { env, dir, signal }) {
  const folder = inRoot('tools', 'test');
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.test.mjs'))
    .map((file) => join(folder, file));
  const args = [
    '--test',
    '--test-reporter=spec',
    '--test-reporter-destination=stderr',
    '--test-reporter=tap',
    '--test-reporter-destination=stdout',
    ...files,
  ];
  const { output } = await runShown(args, { env: { ...env, TEST_DIR: dir }, signal, stdio: 'pipe' });
  const count = (name) => Number(output.match(new RegExp(`^# ${name} (\\d+)$`, 'm'))?.[1] ?? 0);
  const ran = /^# tests \d+$/m.test(output);
  return {
    passed: count('pass'),
    failed: count('fail') + count('cancelled') + (ran ? 0 : 1),
    skipped: count('skipped') + count('todo'),
  };
}
