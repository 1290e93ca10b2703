import { execFileSync } from 'node:child_process';

const LIMIT_MS = 30_000;

/** Runs Prometheus' own checker; null where there is none on PATH. What it runs throws with the output when it fails. */
export function promtool() {
  const run = (args) => execFileSync('promtool', args, { encoding: 'utf8', timeout: LIMIT_MS, stdio: 'pipe' });
  try {
    run(['--version']);
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
  return run;
}
