import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { databaseAddress, WaitingWorkReadModel } from '@groundswell/persistence';
import { findServers } from './parked/servers';
import { queueTable, type BrokerFigures } from './queues/queue-table';

/*
 * Everything that waits, in one table: queues of the broker, outboxes, jobs, mails, pushes, parked messages (docs/queues.md).
 *
 *   node dist/tools/queues.js [--all] [--watch]
 *
 * DATABASE_URL, AMQP_URL and AMQP_MANAGEMENT_URL, else those of a running npm start.
 */
const refreshMs = 5_000;
const managementTimeoutMs = 5_000;

const servers = findServers(process.env);

/** Queues that other processes made for themselves alone come and go with them. */
const ofOneProcess = /^(event|reply)\./;

async function brokerQueues(): Promise<BrokerFigures[]> {
  const { username, password, origin, pathname } = new URL(servers.amqpManagementUrl());
  const vhost = encodeURIComponent(decodeURIComponent(new URL(servers.amqpUrl()).pathname.slice(1)) || '/');
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const columns = 'name,messages_ready,messages_unacknowledged,consumers';
  const answer = await fetch(`${origin}${pathname.replace(/\/$/, '')}/api/queues/${vhost}?columns=${columns}`, {
    headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
    signal: AbortSignal.timeout(managementTimeoutMs),
  });
  if (!answer.ok) throw new Error(`the broker's management API answers ${answer.status}`);
  return ((await answer.json()) as BrokerFigures[]).filter(({ name }) => !ofOneProcess.test(name));
}

async function table(client: Client, isAll: boolean): Promise<string> {
  const query = async <Row extends object>(sql: string): Promise<Row[]> => (await client.query<Row>(sql)).rows;
  const work = await new WaitingWorkReadModel({ query }).all();
  try {
    return queueTable(work, await brokerQueues(), isAll);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${queueTable(work, [], isAll)}\nwithout the broker's queues: ${reason}`;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { all: { type: 'boolean' }, watch: { type: 'boolean' } } });
  const client = new Client({
    ...databaseAddress(servers.databaseUrl()),
    application_name: 'queues',
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  try {
    do {
      const text = await table(client, values.all ?? false);
      // Clears the terminal and goes to its top.
      process.stdout.write(values.watch ? `\u001b[2J\u001b[H${new Date().toISOString()}\n${text}\n` : `${text}\n`);
      if (values.watch) await new Promise((resolve) => setTimeout(resolve, refreshMs));
    } while (values.watch);
  } finally {
    await client.end();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
