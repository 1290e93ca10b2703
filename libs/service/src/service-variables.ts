import {
  brokerVariables,
  commonVariables,
  milliseconds,
  poolSize as poolSizeOf,
  replicaId,
  url,
} from '@groundswell/config';

/** The variables every service has, to begin the schema of its own with. `poolSize`: connections to Postgres unless set. */
export const serviceVariables = ({ poolSize }: { poolSize: number }) => ({
  ...commonVariables(),
  /** The database, with the service's own role; `sslmode` as libpq has it. */
  DATABASE_URL: url(['postgres', 'postgresql']),
  ...brokerVariables(),
  /** Names this replica; must differ between replicas that run at the same time. */
  REPLICA_ID: replicaId(),
  /** Connections to Postgres at most. */
  DATABASE_POOL_SIZE: poolSizeOf({ min: 3, max: 64, default: poolSize }),
  /** First wait after losing the broker; doubles up to the longest. */
  RECONNECT_FIRST_MS: milliseconds(5_000),
  RECONNECT_LONGEST_MS: milliseconds(300_000),
});
