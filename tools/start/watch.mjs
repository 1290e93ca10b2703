import { createHash } from 'node:crypto';
import { readFileSync, watch } from 'node:fs';
import { buildAll } from '../build.mjs';
import { inDist, inRoot } from '../paths.mjs';
import { say } from '../setup/progress.mjs';

const QUIET_MS = 200;

const fingerprint = (service) =>
  createHash('sha256')
    .update(readFileSync(inDist('apps', service.name, 'main.js')))
    .digest('hex');

/**
 * Builds again after each change of a source file and restarts the services whose program came out different.
 * Resolves when `signal` aborts and no build or restart is going on.
 */
export async function watchSources(services, { signal, onRestart }) {
  const built = new Map(services.map((service) => [service, fingerprint(service)]));
  let wake = () => {};
  const changed = () => new Promise((resolve) => (wake = resolve));
  let timer;
  const watchers = ['apps', 'libs'].map((dir) =>
    watch(inRoot(dir), { recursive: true, signal }, (_event, file) => {
      if (!/\.(ts|json|graphql|sql)$/.test(file ?? '')) return;
      clearTimeout(timer);
      timer = setTimeout(() => wake(), QUIET_MS);
    }),
  );
  for (const watcher of watchers) watcher.on('error', () => {});
  signal.addEventListener('abort', () => wake(), { once: true });
  while (!signal.aborted) {
    await changed();
    if (signal.aborted) break;
    try {
      await buildAll({ signal });
      for (const service of services.filter((one) => built.get(one) !== fingerprint(one))) {
        built.set(service, fingerprint(service));
        await service.restart();
        await service.ready({ signal });
        say(`${service.name} rebuilt and restarted`);
      }
      await onRestart();
    } catch (error) {
      if (!signal.aborted) say(error.message);
    }
  }
  clearTimeout(timer);
}
