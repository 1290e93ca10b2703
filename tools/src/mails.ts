import { Client } from 'pg';
import { databaseAddress } from '@groundswell/persistence';
import { parseMailCommand, usage, UsageError, type MailCommand } from './mails/mail-command';
import { MailRows, type ListedMail } from './mails/mail-rows';
import { findServers } from './parked/servers';

/*
 * Mails that need a person: those of which nobody knows whether they went, and those that failed (email-and-mtt.md §1.3).
 *
 *   node dist/tools/mails.js list | resend | drop
 */
const say = (text: string) => process.stdout.write(`${text}\n`);
const warn = (text: string) => process.stderr.write(`${text}\n`);

const lineOf = ({ id, state, purpose, orgId, attempts, error, updatedAt }: ListedMail): string =>
  [id, state, updatedAt.toISOString(), `org ${orgId}`, `${attempts} attempts`, purpose, error ?? ''].join('  ');

/** Returns whether all of it was done. */
async function run(command: MailCommand, rows: MailRows): Promise<boolean> {
  if (command.kind === 'list') {
    const found = await rows.list(command.states, command.limit);
    say(found.length === 0 ? 'none' : found.map(lineOf).join('\n'));
    return true;
  }
  let isDone = true;
  for (const id of command.ids) {
    const purpose = command.kind === 'resend' ? await rows.resend(id) : await rows.drop(id);
    if (purpose !== null) say(command.kind === 'resend' ? `${id}: queued as ${purpose}` : `dropped ${id}: ${purpose}`);
    else warn(`${id} is not unknown, or not there`);
    isDone &&= purpose !== null;
  }
  return isDone;
}

async function main(command: MailCommand): Promise<boolean> {
  const client = new Client({
    ...databaseAddress(findServers(process.env).databaseUrl()),
    application_name: 'mails',
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  try {
    return await run(command, new MailRows(client));
  } finally {
    await client.end();
  }
}

try {
  process.exitCode = (await main(parseMailCommand(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  warn(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) warn(usage);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
