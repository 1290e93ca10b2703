export { describeAttemptStore } from './suites/attempt-store.suite';
export { describeParkingStore } from './suites/parking-store.suite';
export type { ParkingStoreUnderTest } from './suites/parking-store.suite';
export { createTestDatabase } from './test-database';
export type { TestDatabase } from './test-database';
export { RabbitProxy } from './rabbit-proxy';
export { type QueueBinding, TestVhost } from './rabbit-vhost';
export { seededRandom } from './seeded-random';
export { waitFor } from './wait-for';
