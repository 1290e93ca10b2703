/** What the bench takes from email-delivery to apply events as it does, bundled by events.mjs. */
export { Database, OutboxRepository } from '@groundswell/persistence';
export { addressHasherOf } from '../../apps/email-delivery/src/deliveries/keyed-address.ts';
export { ThreadedEventPages } from '../../apps/email-delivery/src/events/processing/threaded.event-pages.ts';
export { DatabaseEventStorage } from '../../apps/email-delivery/src/events/storage/database.event-storage.ts';
