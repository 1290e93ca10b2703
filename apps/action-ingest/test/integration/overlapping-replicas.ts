import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ingestQueue, partitionCount } from '@groundswell/contracts';
import { ConsumerSupervisor } from '@groundswell/messaging';
import { waitFor } from '@groundswell/testing';
import { PartitionShare } from '../../src/partitions/partition-share';
import type { IngestFixture } from './ingest-fixture';

const everyQueue = Array.from({ length: partitionCount }, (_, partition) => ingestQueue(partition));

/** Two replicas, once they have shared the partitions. */
export async function startTwo(
  fixture: IngestFixture,
  variables: Record<string, string> = {},
): Promise<[NestFastifyApplication, NestFastifyApplication]> {
  const replicas: [NestFastifyApplication, NestFastifyApplication] = [
    await fixture.start(variables),
    await fixture.start(variables),
  ];
  const half = partitionCount / 2;
  await waitFor(() => replicas.every((app) => app.get(PartitionShare).partitions.length === half));
  return replicas;
}

/** Two that consume every partition, both, as they do for a moment while shares change. */
export async function startOverlapping(fixture: IngestFixture, variables: Record<string, string> = {}): Promise<void> {
  const replicas = await startTwo(fixture, variables);
  for (const app of replicas) await app.get(ConsumerSupervisor).setQueues('ingest', everyQueue);
  await waitFor(async () => (await looks(fixture)).every(({ consumers }) => consumers === replicas.length));
}

/** Ends both, their batches in hand finished; returns how many messages they gave back. */
export async function stopReplicas(fixture: IngestFixture): Promise<number> {
  for (const app of fixture.apps.splice(0)) await app.close();
  return (await looks(fixture)).reduce((sum, { ready }) => sum + ready, 0);
}

/**
 * Ends both once no queue holds a message. A connection that was cut brings messages a second time, which may be in hand at the
 * end and given back: whatever is left goes to one more replica.
 */
export async function stopDrained(fixture: IngestFixture, variables: Record<string, string> = {}): Promise<void> {
  const isEmpty = async () => (await looks(fixture)).every(({ ready }) => ready === 0);
  await waitFor(isEmpty);
  if ((await stopReplicas(fixture)) === 0) return;
  await fixture.start(variables);
  await waitFor(isEmpty);
  const left = await stopReplicas(fixture);
  if (left > 0) throw new Error(`${left} messages come back whoever takes them`);
}

const looks = (fixture: IngestFixture): Promise<{ ready: number; consumers: number }[]> =>
  Promise.all(everyQueue.map(async (queue) => (await fixture.vhost.look(queue)) ?? { ready: 0, consumers: 0 }));
