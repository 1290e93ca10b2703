import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { endProcess } from '../process/daemon.mjs';
import { readJson, writeJson } from '../process/json-file.mjs';

/**
 * What one private server remembers between runs, in `<dir>/<name>.json`, readable by its owner only: the password it was
 * created with (it is fixed inside the data), its ports, and the processes it runs as.
 */
export function openState(dir, name) {
  const file = join(dir, `${name}.json`);
  const state = readJson(file) ?? {};
  const save = (changes) => writeJson(file, Object.assign(state, changes));
  if (!state.password) save({ password: randomBytes(18).toString('base64url') });
  return { state, save };
}

/**
 * Ends what a killed run left of the servers in this folder, Postgres last; `discard` kills, for data that is removed anyway.
 * Returns the names of those that were still running.
 */
export async function endLeftOver(dir, { discard = false } = {}) {
  const ended = [];
  for (const name of ['redis', 'rabbitmq', 'postgres']) {
    const state = readJson(join(dir, `${name}.json`));
    const signal = discard ? 'SIGKILL' : name === 'postgres' ? 'SIGINT' : 'SIGTERM';
    const how = await endProcess(state?.process, { signal, graceMs: 30_000 });
    await endProcess(state?.epmd);
    if (how !== 'gone') ended.push(name);
  }
  return ended;
}
