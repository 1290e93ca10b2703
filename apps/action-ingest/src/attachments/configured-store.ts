import type { ObjectStore } from '@groundswell/object-store';

/** The gateway takes no files without one: whoever meets this has two services configured differently. */
export function configured(store: ObjectStore | null): ObjectStore {
  if (!store) throw new Error('not_configured: OBJECT_STORE_BUCKET is not set for action-ingest');
  return store;
}
