export { recountSql, sumDeltas } from './counter-deltas';
export type { CounterFigures } from './counter-deltas';
export { describeAttemptStore } from './suites/attempt-store.suite';
export { describeParkingStore } from './suites/parking-store.suite';
export type { ParkingStoreUnderTest } from './suites/parking-store.suite';
export { createTestDatabase } from './test-database';
export type { TestDatabase } from './test-database';
export { OtlpCollector, type SeenSpan } from './otlp-collector';
export { RabbitProxy } from './rabbit-proxy';
export { type QueueBinding, TestVhost } from './rabbit-vhost';
export { inFakeTime } from './in-fake-time';
export { isTransientFault, openDatabase } from './open-database';
export { seededRandom } from './seeded-random';
export { waitFor } from './wait-for';
// The server is a test tool of the whole repository, and the tools have no package name to import them by.
// eslint-disable-next-line @nx/enforce-module-boundaries -- see above
export { startS3Server, type S3Server } from '../../../tools/s3-server/s3-server';
