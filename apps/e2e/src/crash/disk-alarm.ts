import { execFile } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { waitFor } from '@groundswell/testing';
import type { OwnHome } from '../fleet-home';

type Rabbit = OwnHome['servers']['rabbit'];

const usualLimit = '50MB';
const moreThanAnyDisk = '1000000GB';

/** Makes the broker run out of disk space, as it sees it, and resolves once it has raised the alarm. */
export const raiseDiskAlarm = (rabbit: Rabbit): Promise<void> => setLimit(rabbit, moreThanAnyDisk, true);

export const clearDiskAlarm = (rabbit: Rabbit): Promise<void> => setLimit(rabbit, usualLimit, false);

async function setLimit(rabbit: Rabbit, limit: string, isAlarm: boolean): Promise<void> {
  await rabbitmqctl(rabbit, ['set_disk_free_limit', limit]);
  await waitFor(async () => (await hasDiskAlarm(rabbit)) === isAlarm);
}

async function hasDiskAlarm({ managementUrl, nodeName }: Rabbit): Promise<boolean> {
  const { username, password, origin } = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(`${origin}/api/nodes/${nodeName}?columns=disk_free_alarm`, {
    headers: { authorization },
  });
  return ((await response.json()) as { disk_free_alarm?: boolean }).disk_free_alarm === true;
}

/** The node is private: its cookie is in its own folder, its name at an epmd of its own. */
async function rabbitmqctl({ dir, nodeName, ports }: Rabbit, args: string[]): Promise<void> {
  const binaries = pathToFileURL(resolve('tools', 'infra', 'binaries.mjs')).href;
  const { findRabbit } = (await import(binaries)) as { findRabbit(): string | null };
  const program = join(dirname(findRabbit() ?? ''), 'rabbitmqctl');
  const env = {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOME: dir,
    RABBITMQ_NODENAME: nodeName,
    RABBITMQ_CONF_ENV_FILE: join(dir, 'rabbitmq-env.conf'),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_FLAGS: '-start_epmd false',
  };
  await promisify(execFile)(program, args, { env, timeout: 60_000 });
}
