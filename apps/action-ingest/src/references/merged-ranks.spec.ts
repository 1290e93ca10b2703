import { mergedRanks } from './merged-ranks';

const supporter = (id: number, rank: number | null, change: { campaignId?: number; ref?: string } = {}) => ({
  id,
  rank,
  campaignId: 1,
  ref: 'a',
  ...change,
});

describe('ranks of persons who become one', () => {
  it('leaves a person alone who meets nobody', () => {
    expect(mergedRanks([supporter(1, 0), supporter(2, 1)])).toEqual(new Map());
  });

  it('keeps rank 0 for whoever was stored first of those that had it', () => {
    expect(mergedRanks([supporter(7, 0), supporter(3, 0)])).toEqual(new Map([[7, 1]]));
  });

  it('puts duplicates behind both firsts', () => {
    const ranks = mergedRanks([supporter(1, 1), supporter(5, 0), supporter(8, 0), supporter(9, 1)]);
    expect(ranks).toEqual(
      new Map([
        [8, 1],
        [1, 2],
        [9, 3],
      ]),
    );
  });

  it('ranks each campaign and each person by itself', () => {
    expect(mergedRanks([supporter(1, 0), supporter(2, 0, { campaignId: 2 }), supporter(3, 0, { ref: 'b' })])).toEqual(
      new Map(),
    );
  });

  it('ranks last what has no rank', () => {
    expect(mergedRanks([supporter(1, null), supporter(2, 0)])).toEqual(new Map([[1, 1]]));
  });
});
