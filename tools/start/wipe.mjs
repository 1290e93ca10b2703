import { existsSync, readdirSync, rmSync } from 'node:fs';
import { wipeData } from '../infra/index.mjs';
import { inLocal, localDir } from '../paths.mjs';
import { ownerOf } from '../process/ownership.mjs';

/** `--fresh`: all that runs of the fleet left. Our own lock stays, and so do tests and benches that may be going on. */
export async function wipeLocal() {
  await wipeData(inLocal('servers'));
  const kept = new Set(['start.lock', 'test']);
  const inUse = (name) => kept.has(name) || ownerOf(inLocal(name, 'servers.lock')) !== null;
  const names = existsSync(localDir) ? readdirSync(localDir).filter((name) => !inUse(name)) : [];
  for (const name of names) rmSync(inLocal(name), { recursive: true, force: true });
}
