import { bootstrap } from './setup/bootstrap.mjs';
import { runCommand } from './setup/command.mjs';
import { onInterruption } from './setup/interruption.mjs';
import { say } from './setup/progress.mjs';
import { inRoot, packageBin } from './paths.mjs';

const signal = onInterruption();
await bootstrap({ signal });

const node = (...args) => runCommand(process.execPath, args, { signal });
/** The rule about boundaries reads the graph that nx keeps, and without one skips itself with a mere note: nx runs first. */
async function lint() {
  const env = { ...process.env, NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false' };
  await runCommand(process.execPath, [packageBin('nx'), 'show', 'projects'], { env, signal });
  const output = await node(packageBin('eslint'), '--max-warnings=0', '.');
  if (/No cached ProjectGraph/.test(output))
    throw new Error('the boundaries were not checked: nx has no project graph');
}

const CHECKS = {
  format: () => node(packageBin('prettier'), '--check', '--log-level', 'warn', '.'),
  'lint and boundaries': lint,
  types: () => node(packageBin('tsc'), '--noEmit', '-p', inRoot('tsconfig.json')),
  'import cycles': async () => {
    const { findCycles } = await import('./check/import-cycles.mjs');
    const cycles = findCycles();
    if (cycles.length > 0) throw new Error(cycles.map((cycle) => cycle.join('\n  -> ')).join('\n'));
  },
  dependencies: async () => {
    const { auditDependencies } = await import('./check/dependency-audit.mjs');
    const { problems, notes } = await auditDependencies({ signal });
    for (const note of notes) say(`          dependencies: ${note}`);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  },
};

/** All checks run, whatever the first ones say: one look shows everything that is wrong. */
const failed = [];
const only = process.argv.slice(2);
async function runCheck(name) {
  if (only.length > 0 && !only.some((word) => name.includes(word))) return;
  const begin = Date.now();
  const problem = await CHECKS[name]().then(
    () => null,
    (error) => error,
  );
  if (signal.aborted) process.exit(signal.reason.exitCode);
  say(`${((Date.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${name}: ${problem ? 'FAILED' : 'ok'}`);
  if (!problem) return;
  failed.push(name);
  say(problem.output ?? problem.message);
}
async function inTurn(names) {
  for (const name of names) await runCheck(name);
}

// The longest beside all others.
const longest = 'lint and boundaries';
await Promise.all([inTurn([longest]), inTurn(Object.keys(CHECKS).filter((name) => name !== longest))]);
say(failed.length > 0 ? `check failed: ${failed.join(', ')}` : 'check passed');
process.exit(failed.length > 0 ? 1 : 0);
