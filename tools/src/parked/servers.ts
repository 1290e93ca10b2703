import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where database and broker are: the environment, else what a running `npm start` wrote down. */
export function findServers(environment: Record<string, string | undefined>): {
  databaseUrl: () => string;
  amqpUrl: () => string;
  amqpManagementUrl: () => string;
} {
  const file = join(environment['GROUNDSWELL_LOCAL'] || '.local', 'run.json');
  const run = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {};
  const find = (variable: string, key: string) => () => {
    const value = environment[variable] || run[key];
    if (typeof value !== 'string') throw new Error(`set ${variable}, or start the fleet with npm start`);
    return value;
  };
  return {
    databaseUrl: find('DATABASE_URL', 'databaseUrl'),
    amqpUrl: find('AMQP_URL', 'amqpUrl'),
    amqpManagementUrl: find('AMQP_MANAGEMENT_URL', 'amqpManagementUrl'),
  };
}
