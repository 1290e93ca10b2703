import { hostname } from 'node:os';
import { z } from 'zod';
import { integer, logLevel, milliseconds, port, url } from '@groundswell/config';

/** The variables every service has, to begin the schema of its own with. `poolSize`: connections to Postgres unless set. */
export const serviceVariables = ({ poolSize }: { poolSize: number }) => ({
  /** Connection of the service's own role. */
  DATABASE_URL: url(['postgres', 'postgresql']),
  AMQP_URL: url(['amqp', 'amqps']),
  PORT: port(4100),
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: logLevel('info'),
  /** Names this replica; must differ between replicas that run at the same time. */
  REPLICA_ID: z.string().default(`${hostname()}-${process.pid}`),
  /** Connections to Postgres at most. */
  DATABASE_POOL_SIZE: integer({ min: 3, max: 64, default: poolSize, unit: 'connections' }),
  /** First wait after losing the broker; doubles up to the longest. */
  RECONNECT_FIRST_MS: milliseconds(5_000),
  RECONNECT_LONGEST_MS: milliseconds(300_000),
});
