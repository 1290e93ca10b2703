export { ObjectStore } from './object-store';
export type { ObjectHead, PutLink, PutLinkOptions } from './object-store';
export { ObjectStoreError } from './object-store.error';
export type { ObjectStoreFault } from './object-store.error';
export { objectStore, ObjectStoreModule } from './object-store.module';
export { objectStoreSettings, objectStoreVariables } from './object-store-settings';
export type { ObjectStoreConfig, ObjectStoreSettings } from './object-store-settings';
