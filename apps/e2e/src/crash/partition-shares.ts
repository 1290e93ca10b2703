import { ingestQueue, partitionCount } from '@groundswell/contracts';
import type { InfraUrls } from '@groundswell/fleet';

interface ListedConsumer {
  queue: { name: string };
  channel_details: { connection_name?: string };
}

const partitionQueues = Array.from({ length: partitionCount }, (_, partition) => ingestQueue(partition));

/** The connections that consume each partition's queue, as the broker lists them. */
export async function consumersByPartition(infra: InfraUrls): Promise<string[][]> {
  const { origin, username, password } = new URL(infra.amqpManagementUrl);
  const vhost = decodeURIComponent(new URL(infra.amqpUrl).pathname.slice(1)) || '/';
  const login = [username, password].map(decodeURIComponent).join(':');
  const response = await fetch(`${origin}/api/consumers/${encodeURIComponent(vhost)}`, {
    headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
  });
  if (!response.ok) throw new Error(`the broker lists no consumers: ${response.status}`);
  const listed = (await response.json()) as ListedConsumer[];
  return partitionQueues.map((name) => [
    ...new Set(
      listed.flatMap(({ queue, channel_details: { connection_name: by } }) => (queue.name === name ? (by ?? []) : [])),
    ),
  ]);
}

/** How many partitions each connection consumes, sorted, when every partition has exactly one; else null. */
export function sharesOf(consumers: string[][]): number[] | null {
  const shares = new Map<string, number>();
  for (const [connection, ...others] of consumers) {
    if (connection === undefined || others.length > 0) return null;
    shares.set(connection, (shares.get(connection) ?? 0) + 1);
  }
  return [...shares.values()].sort((a, b) => a - b);
}
