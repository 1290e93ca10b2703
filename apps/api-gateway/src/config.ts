import { z } from 'zod';
import { commaList, describeField, flag, integer, logLevel, port, secret, url } from '@groundswell/config';

const text = (expected: string): z.ZodString => describeField(z.string(), { expected });

/** Every variable of this app. */
export const gatewayConfigSchema = z
  .object({
    /** `production` makes FINGERPRINT_SEED and ENVELOPE_KEY required. */
    NODE_ENV: text('production, development or test').default('development'),
    DATABASE_URL: url(['postgres', 'postgresql']),
    AMQP_URL: url(['amqp', 'amqps']),
    REDIS_URL: url(['redis', 'rediss']).optional(),
    PORT: port(4000),
    /** Address to listen on. */
    HOST: text('an address to listen on').default('0.0.0.0'),
    /** Public origin of this server, for links in messages. */
    DOMAIN: url(['http', 'https'], 'http://localhost:4000'),
    /** Salt of every contactRef: changing it makes known supporters unknown. */
    FINGERPRINT_SEED: secret().optional(),
    /** Opens secrets at rest. */
    ENVELOPE_KEY: secret().optional(),
    /** Name of the instance org. */
    ORG_NAME: text('the name of the instance org').default('instance'),
    /** Origins that browsers may call from; `*` for all. */
    CORS_ALLOW_ORIGIN: commaList(['*']),
    /** Proxies in front of us whose X-Forwarded-For is believed, counted from here; 0 believes none. */
    TRUSTED_PROXIES: integer({ min: 0, max: 10, default: 0, unit: 'proxies' }),
    /** Connections to Postgres. */
    DATABASE_POOL_SIZE: integer({ min: 1, max: 200, default: 10, unit: 'connections' }),
    /** Services of the fleet that run: what a configuration may rely on. */
    DEPLOYED_SERVICES: commaList(['action-ingest', 'topology-service']),
    /** Prints SQL-free details of every request. */
    LOG_LEVEL: logLevel(),
    /** Closes idle keep-alive connections at once on shutdown. */
    CLOSE_IDLE_CONNECTIONS: flag(true),
  })
  .superRefine((config, context) => {
    if (config.NODE_ENV !== 'production') return;
    for (const name of ['FINGERPRINT_SEED', 'ENVELOPE_KEY'] as const) {
      if (!config[name]) context.addIssue({ code: 'custom', path: [name], message: 'is required in production' });
    }
  });

export type GatewayConfig = Readonly<z.output<typeof gatewayConfigSchema>>;
