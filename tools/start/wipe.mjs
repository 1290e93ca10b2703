import { existsSync, readdirSync, rmSync } from 'node:fs';
import { wipeData } from '../infra/index.mjs';
import { inLocal, localDir } from '../paths.mjs';

/** `--fresh`: all that runs of the fleet left. Our own lock stays, and so do test runs, which may be going on. */
export async function wipeLocal() {
  await wipeData(inLocal('servers'));
  const kept = new Set(['start.lock', 'test']);
  const names = existsSync(localDir) ? readdirSync(localDir).filter((name) => !kept.has(name)) : [];
  for (const name of names) rmSync(inLocal(name), { recursive: true, force: true });
}
