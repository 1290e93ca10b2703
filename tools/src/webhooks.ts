import { Client } from 'pg';
import { databaseAddress } from '@groundswell/persistence';
import { findServers } from './parked/servers';
import { parseWebhookCommand, usage, UsageError, type WebhookCommand } from './webhooks/webhook-command';
import { WebhookRows, type ListedWebhook } from './webhooks/webhook-rows';

/*
 * Events pushed by mail providers that could not be applied (email-and-mtt.md §4).
 *
 *   node dist/tools/webhooks.js list | replay | drop
 */
const say = (text: string) => process.stdout.write(`${text}\n`);
const warn = (text: string) => process.stderr.write(`${text}\n`);

const lineOf = ({ id, provider, serviceId, receivedAt, attempts, error, nextAttemptAt }: ListedWebhook): string => {
  const next = nextAttemptAt ? `next ${nextAttemptAt.toISOString()}` : 'waits for a person';
  const from = `${provider} ${serviceId ?? 'bare path'}`;
  return [id, from, receivedAt.toISOString(), `${attempts} attempts`, next, error ?? ''].join('  ');
};

/** Returns whether all of it was done. */
async function run(command: WebhookCommand, rows: WebhookRows): Promise<boolean> {
  if (command.kind === 'list') {
    const found = await rows.list(command.limit);
    say(found.length === 0 ? 'none' : found.map(lineOf).join('\n'));
    return true;
  }
  let isDone = true;
  for (const id of command.ids) {
    const isFound = command.kind === 'replay' ? await rows.replay(id) : await rows.drop(id);
    if (isFound) say(command.kind === 'replay' ? `${id}: tried again now` : `dropped ${id}`);
    else warn(`${id} waits for nobody, or is not there`);
    isDone &&= isFound;
  }
  return isDone;
}

async function main(command: WebhookCommand): Promise<boolean> {
  const client = new Client({
    ...databaseAddress(findServers(process.env).databaseUrl()),
    application_name: 'webhooks',
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  try {
    return await run(command, new WebhookRows(client));
  } finally {
    await client.end();
  }
}

try {
  process.exitCode = (await main(parseWebhookCommand(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  warn(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) warn(usage);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
