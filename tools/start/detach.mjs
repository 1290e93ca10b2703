import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { inLocal, root } from '../paths.mjs';
import { openLog } from '../process/daemon.mjs';
import { say, startEnv } from '../setup/progress.mjs';

/**
 * Runs the same start in a process of its own session, which goes on owning the fleet; shows its progress until it is ready.
 * Resolves with the exit code for this process. Interrupting it ends the other as well, since nothing is ready yet.
 */
export function startDetached(script, flags, signal) {
  const log = openLog(inLocal('log', 'start.log'));
  const child = spawn(process.execPath, [script, ...flags], {
    cwd: root,
    env: { ...process.env, ...startEnv, GROUNDSWELL_DETACHED: '1' },
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
    child.on('message', (message) => {
      if (message.line !== undefined) say(message.line);
      if (!message.isReady) return;
      child.disconnect();
      child.unref();
      resolve(0);
    });
  });
}

/** The other side: tells the starting command, while it listens. */
export function tellStarter(message) {
  if (process.connected) process.send(message, () => {});
}
