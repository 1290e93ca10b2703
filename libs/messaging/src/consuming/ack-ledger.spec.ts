import { AckLedger } from './ack-ledger';

const all = (tag: number) => ({ tag, allUpTo: true });
const one = (tag: number) => ({ tag, allUpTo: false });

it.each([
  ['a whole batch with one ack', [[[1, 2, 3], [all(3)]]]],
  [
    'batch after batch',
    [
      [[1, 2], [all(2)]],
      [[3, 4], [all(4)]],
    ],
  ],
  [
    'one by one while an older one is still open',
    [
      [
        [2, 3],
        [one(2), one(3)],
      ],
    ],
  ],
  [
    'the older one later, naming itself: the others are acked already',
    [
      [
        [2, 3],
        [one(2), one(3)],
      ],
      [[1], [all(1)]],
    ],
  ],
  [
    'everything below, once the gap closes in the same batch',
    [
      [[2], [one(2)]],
      [[1, 3], [all(3)]],
    ],
  ],
  [
    'what is below a gap together, what is above one by one',
    [
      [
        [1, 2, 5],
        [all(2), one(5)],
      ],
    ],
  ],
  ['nothing for nothing', [[[], []]]],
] as [string, [number[], unknown[]][]][])('acks %s', (_case, steps) => {
  const ledger = new AckLedger();
  for (const [tags, acks] of steps) expect(ledger.settle(tags)).toEqual(acks);
});
