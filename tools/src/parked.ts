import { Client } from 'pg';
import { databaseAddress } from '@groundswell/persistence';
import { parseParkedCommand, usage, UsageError, type ParkedCommand } from './parked/parked-command';
import { ParkedRows } from './parked/parked-rows';
import { Replayer } from './parked/replayer';
import { runCommand } from './parked/run-command';
import { findServers } from './parked/servers';

/*
 * Parked messages of every service: those that could not be handled and wait for a person (processing.md §7.4).
 *
 *   node dist/tools/parked.js list | show | replay | drop
 *
 * A replayed message goes back to its queue under the id it had; its row goes once the broker has it.
 */
const say = (text: string) => process.stdout.write(`${text}\n`);
const warn = (text: string) => process.stderr.write(`${text}\n`);

async function run(command: ParkedCommand): Promise<boolean> {
  const servers = findServers(process.env);
  const client = new Client({
    ...databaseAddress(servers.databaseUrl()),
    application_name: 'parked',
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  try {
    const openReplayer = () => Replayer.open(servers.amqpUrl());
    return await runCommand(command, { rows: new ParkedRows(client), openReplayer, say, warn });
  } finally {
    await client.end();
  }
}

try {
  process.exitCode = (await run(parseParkedCommand(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  warn(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) warn(usage);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
