import type { EntityManager } from 'typeorm';
import { exchanges, factKeys, type CampaignDeltaV1, type CounterDeltaV1 } from '@groundswell/contracts';
import { preparedQuery, type OutboxMessage } from '@groundswell/persistence';
import { ownMessage } from './own-message';

/** One delta for each of these partitions, whose locks the caller holds; numbers are gapless per partition. */
export async function counterDeltas(
  manager: EntityManager,
  changes: ReadonlyMap<number, CampaignDeltaV1[]>,
  activities: ReadonlyMap<number, NonNullable<CounterDeltaV1['pages']>> = new Map(),
): Promise<OutboxMessage[]> {
  const partitions = [...new Set([...changes.keys(), ...activities.keys()])];
  if (partitions.length === 0) return [];
  const numbers = await preparedQuery<{ partition: number; number: number }>(
    manager,
    `update actions.counter_numbers set number = number + 1 where partition = any($1::int[])
     returning partition, number`,
    [partitions],
  );
  return numbers.map(({ partition, number }) => {
    const pages = activities.get(partition);
    const delta: CounterDeltaV1 = {
      schema: 'groundswell:counters:1',
      partition,
      number,
      campaigns: changes.get(partition) ?? [],
      ...(pages && { pages }),
    };
    return ownMessage(`counters:${partition}:${number}`, exchanges.event, factKeys.counters, delta);
  });
}
