import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { openLog } from '../process/daemon.mjs';
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
 * Runs a command to its end and returns its standard output. `show` lets it print to the terminal as well; `log` names a file for
 * all it says. Nothing is ever read from standard input: CI has none. Aborting sends SIGTERM and waits until it has gone.
 */
export async function runCommand(command, args, { env = process.env, cwd = root, signal, show = false, log } = {}) {
  signal?.throwIfAborted();
  const file = log ? openLog(log) : undefined;
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
        if (show) process.stdout.write(chunk);
      });
      child.stderr?.setEncoding('utf8').on('data', (chunk) => {
        keep(chunk);
        if (show) process.stderr.write(chunk);
      });
      child.once('error', reject);
      child.once('close', (code, by) => {
        signal?.removeEventListener('abort', end);
        if (signal?.aborted) reject(signal.reason);
        else if (code === 0) resolve(output);
        else reject(new CommandError([command, ...args].join(' '), code ?? by, show ? '' : said.trim()));
      });
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
