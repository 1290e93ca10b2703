import { createHash } from 'node:crypto';

/** The partitions one replica consumes. Every replica computes the same table from the same list: shares differ by at most
 *  one, and a replica that comes or goes moves little more than its own share. Empty if `self` is not in the list. */
export const assignPartitions = (self: string, replicas: readonly string[], partitions = 16): number[] => {
  const names = [...new Set(replicas)];
  const base = Math.floor(partitions / names.length);
  let largerShares = partitions % names.length;
  const taken = new Map<string, number>(names.map((name) => [name, 0]));
  const owner = new Map<number, string>();
  for (const { name, partition } of byScore(names, partitions)) {
    const count = taken.get(name) ?? 0;
    if (owner.has(partition) || count > base || (count === base && largerShares === 0)) continue;
    if (count === base) largerShares -= 1;
    taken.set(name, count + 1);
    owner.set(partition, name);
  }
  return [...owner]
    .filter(([, name]) => name === self)
    .map(([partition]) => partition)
    .sort((a, b) => a - b);
};

const scoreOf = (name: string, partition: number): number =>
  createHash('sha256').update(`${partition} ${name}`).digest().readUIntBE(0, 6);

const byScore = (names: readonly string[], partitions: number): { name: string; partition: number }[] => {
  const pairs = names.flatMap((name) =>
    Array.from({ length: partitions }, (_, partition) => ({ name, partition, score: scoreOf(name, partition) })),
  );
  return pairs.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1) || a.partition - b.partition);
};
