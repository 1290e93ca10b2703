import { encodeRef } from '@groundswell/crypto';
import { pageActivities } from './page-activities';
import { partitionOf } from './reference';

const ref = encodeRef(Buffer.alloc(32, 1));
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 20, 10, 0, seconds));
const anAction = (seconds: number, location: string | null, pageId = 31) => ({
  pageId,
  campaignId: 21,
  acceptedAt: at(seconds),
  source: location === null ? null : { source: 's', medium: 'm', campaign: 'c', content: '', location },
  supporter: null,
  ref,
});

describe('pageActivities', () => {
  it('has the latest action of each page, and the latest place that is none of the empty ones', () => {
    const activities = pageActivities([
      anAction(3, 'https://b.example/'),
      anAction(1, 'https://a.example/'),
      anAction(5, ''),
      anAction(4, null),
      anAction(2, null, 32),
    ]);
    expect([...activities]).toEqual([
      [
        partitionOf(ref),
        {
          '31': { campaignId: 21, lastActionAt: at(5).toISOString(), location: 'https://b.example/' },
          '32': { campaignId: 21, lastActionAt: at(2).toISOString() },
        },
      ],
    ]);
  });

  it('keeps partitions apart, and says nothing where nothing was stored', () => {
    const supporter = { partition: 3 } as never;
    expect([...pageActivities([{ ...anAction(1, null), supporter }, anAction(2, null)]).keys()].sort()).toEqual(
      [3, partitionOf(ref)].sort(),
    );
    expect(pageActivities([]).size).toBe(0);
  });
});
