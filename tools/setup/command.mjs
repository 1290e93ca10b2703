import { spawn } from 'node:child_process';
import { closeSync, fstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openLog, tailOf } from '../process/daemon.mjs';
import { root } from '../paths.mjs';

/** A command that ended badly. `output` is the end of what it said. */
export class CommandError extends Error {
  constructor(command, code, output) {
    super(`${command} ended with ${code}${output ? `:\n${output}` : ''}`);
    this.code = code;
    this.output = output;
  }
}

/**
 * Runs a command to its end and returns its standard output. `onLine` is told each line of it at once; `log` names a file for what
 * it says on standard error. Nothing is ever read from standard input: CI has none. Aborting sends SIGTERM and waits until it has gone.
 */
export async function runCommand(
  command,
  args,
  { env = process.env, cwd = root, signal, onLine = () => {}, log } = {},
) {
  signal?.throwIfAborted();
  const file = log ? openLog(log) : undefined;
  const logFrom = file === undefined ? 0 : fstatSync(file).size;
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', file ?? 'pipe'] });
      const end = () => child.kill('SIGTERM');
      signal?.addEventListener('abort', end, { once: true });
      let output = '';
      let said = '';
      const keep = (chunk) => (said = (said + chunk).slice(-6000));
      child.stdout.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
        keep(chunk);
      });
      child.stderr?.setEncoding('utf8').on('data', (chunk) => {
        keep(chunk);
      });
      createInterface({ input: child.stdout }).on('line', onLine);
      child.once('error', reject);
      child.once('close', (code, by) => {
        signal?.removeEventListener('abort', end);
        if (signal?.aborted) reject(signal.reason);
        else if (code === 0) resolve(output);
        else
          reject(
            new CommandError([command, ...args].join(' '), code ?? by, (log && tailOf(log, logFrom)) || said.trim()),
          );
      });
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
