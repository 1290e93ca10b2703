import { uuidV7 } from '@groundswell/crypto';
import { ObjectStore, objectStoreSettings, type ObjectStoreConfig } from '@groundswell/object-store';
import { storeOf } from '../attachment-world';
import type { JobScenario } from '../job-scenario';

interface World {
  keys: string[];
  fresh: string;
}

const dayMs = 24 * 3_600_000;

/** Killed when it has looked at the store and its list of what is to go is not committed. */
export const scenario: JobScenario<World> = {
  job: 'sweep-quarantine',
  service: 'action-ingest',
  holdAt: 'actions.object_removals',
  settings: { 'action-ingest': { SWEEP_QUARANTINE_INTERVAL: '300', REMOVE_OBJECTS_INTERVAL: '300' } },
  prepare: () =>
    Promise.resolve({
      keys: [1, 2, 3].map((day) => `quarantine/${uuidV7(Date.now() - (day + 1) * dayMs)}`),
      fresh: `quarantine/${uuidV7()}`,
    }),
  async start(fleet, { keys, fresh }) {
    const config = { ...storeOf(fleet).env, OBJECT_STORE_TIMEOUT_MS: 5_000 } as unknown as ObjectStoreConfig;
    const settings = objectStoreSettings(config);
    if (!settings) throw new Error('no object store');
    const store = new ObjectStore(settings);
    for (const key of [...keys, fresh]) await store.write(key, Buffer.from('x'), { contentType: 'text/plain' });
    await store.close();
  },
  async check(fleet, { keys, fresh }) {
    const left = storeOf(fleet).keys;
    if (keys.some((key) => left.includes(key))) throw new Error('old files are still there');
    if (!left.includes(fresh)) throw new Error('a fresh file is gone');
  },
};
