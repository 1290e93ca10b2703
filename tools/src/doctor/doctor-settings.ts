import { z } from 'zod';
import { secret, url, withCredentials } from '@groundswell/config';

/** Variables that say where to look; any of them may be missing. */
export const doctorSettings = z.object({
  DATABASE_URL: secret().optional(),
  AMQP_URL: url(['amqp', 'amqps']).optional(),
  AMQP_MANAGEMENT_URL: url(['http', 'https']).optional(),
  REDIS_URL: url(['redis', 'rediss']).optional(),
  /** `name=url` with commas between; a name stands once per replica. */
  SERVICE_URLS: z.string().optional(),
  ENVELOPE_KEY: secret().optional(),
  ENVELOPE_KEY_FILE: z.string().optional(),
  ORG_NAME: z.string().optional(),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment with user and password put into each address that comes without them (`DATABASE_USERNAME`, …). */
export const withAllCredentials = (environment: Environment): Environment =>
  Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [name, withCredentials(name, text, environment)]),
  );
