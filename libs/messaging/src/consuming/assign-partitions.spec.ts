import { assignPartitions } from './assign-partitions';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `action-ingest-${index}-a1b2c3`);
const ownersOf = (replicas: string[]): Map<number, string> =>
  new Map(replicas.flatMap((name) => assignPartitions(name, replicas).map((partition) => [partition, name] as const)));

it.each([
  [1, [16]],
  [2, [8, 8]],
  [3, [6, 5, 5]],
  [4, [4, 4, 4, 4]],
  [5, [4, 3, 3, 3, 3]],
  [7, [3, 3, 2, 2, 2, 2, 2]],
  [16, Array.from({ length: 16 }, () => 1)],
  [20, [...Array.from({ length: 16 }, () => 1), 0, 0, 0, 0]],
])('%d replicas share evenly, each partition once', (count, shares) => {
  const replicas = names(count);
  const assigned = replicas.map((name) => assignPartitions(name, replicas));
  expect(assigned.map((own) => own.length).sort((a, b) => b - a)).toEqual(shares);
  expect(assigned.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, partition) => partition));
});

it('comes out the same for every order of the list, and with names given twice', () => {
  const replicas = names(3);
  const [self] = replicas as [string];
  const share = assignPartitions(self, replicas);
  expect(assignPartitions(self, [...replicas].reverse())).toEqual(share);
  expect(assignPartitions(self, [...replicas, ...replicas])).toEqual(share);
});

it('gives nothing to who is not in the list', () => {
  expect(assignPartitions('stranger', names(2))).toEqual([]);
  expect(assignPartitions('stranger', [])).toEqual([]);
});

it.each([1, 2, 3, 4, 5, 7])('moves little when replica %d + 1 comes', (count) => {
  const [before, after] = [ownersOf(names(count)), ownersOf(names(count + 1))];
  const moved = [...after].filter(([partition, name]) => before.get(partition) !== name).length;
  const unavoidable = Math.floor(16 / (count + 1));
  expect(moved).toBeLessThanOrEqual(unavoidable + 4);
});
