import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultDeployedServices } from '@groundswell/contracts';
import { UsageError } from '../runs/run-client';
import type { ServiceAddress } from './sources/services';
import type { SourceAddresses } from './sources/sources';

type Environment = Readonly<Record<string, string | undefined>>;

const variables = ['DATABASE_URL', 'AMQP_MANAGEMENT_URL', 'REDIS_URL', 'SERVICE_URLS'] as const;

/**
 * Where to look: what the environment names; where it names nothing, a running `npm start`. Never some of each: two deployments
 * would be compared with each other.
 */
export function findSources(environment: Environment): SourceAddresses {
  if (!variables.some((name) => environment[name])) return ofLocalRun(environment);
  return {
    databaseUrl: environment['DATABASE_URL'],
    amqpManagementUrl: environment['AMQP_MANAGEMENT_URL'],
    amqpUrl: environment['AMQP_URL'],
    redisUrl: environment['REDIS_URL'],
    services: serviceAddresses(environment['SERVICE_URLS'] ?? ''),
    envelopeKey: environment['ENVELOPE_KEY'],
    envelopeKeyFile: environment['ENVELOPE_KEY_FILE'],
  };
}

interface LocalRun {
  databaseUrl: string;
  amqpUrl: string;
  amqpManagementUrl: string;
  redisUrl: string;
  services: { name: string; port: number }[];
}

function ofLocalRun(environment: Environment): SourceAddresses {
  const dir = environment['GROUNDSWELL_LOCAL'] || '.local';
  const run = readIfThere<LocalRun>(join(dir, 'run.json'));
  if (!run) {
    throw new UsageError(`set ${variables.join(', ')} (each may be missing), or start the fleet with npm start`);
  }
  const secrets = readIfThere<{ envelopeKey: string }>(join(dir, 'secrets.json'));
  const { databaseUrl, amqpUrl, amqpManagementUrl, redisUrl, services } = run;
  return {
    ...{ databaseUrl, amqpUrl, amqpManagementUrl, redisUrl },
    services: services.map(({ name, port }) => ({ name, url: `http://127.0.0.1:${port}` })),
    envelopeKey: environment['ENVELOPE_KEY'] || secrets?.envelopeKey,
  };
}

/** `name=url` with commas between; a name stands once per replica. */
export function serviceAddresses(text: string): ServiceAddress[] {
  const known: readonly string[] = defaultDeployedServices;
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.map((entry) => {
    const [, name = '', url = ''] = /^([^=]*)=(.*)$/.exec(entry) ?? [];
    if (!known.includes(name)) {
      throw new UsageError(`SERVICE_URLS: "${entry}" does not begin with a service: ${known.join(', ')}`);
    }
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
      throw new UsageError(`SERVICE_URLS: ${name} needs a URL of http or https`);
    }
    return { name, url };
  });
}

const readIfThere = <T>(file: string): T | null =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : null;
