import type { CampaignFigures } from './campaign-figures.read-model';
import { digestData, digestFigures, listedCampaigns } from './digest';

const campaigns = [
  { id: 1, name: 'bees', title: 'Bees' },
  { id: 2, name: 'trees', title: 'Trees' },
];

it('shows figures, largest first, and all actions of a campaign as one', () => {
  const figures = digestFigures(
    new Map<number, CampaignFigures>([
      [1, { supporters: 5, actions: { register: 5, share: 2 } }],
      [2, { supporters: 9, actions: {} }],
    ]),
  );
  expect(digestData(campaigns, figures, null)).toEqual({
    since: '',
    count: 2,
    more: 0,
    campaigns: [
      { id: 2, name: 'trees', title: 'Trees', supporters: 9, actions: 0 },
      { id: 1, name: 'bees', title: 'Bees', supporters: 5, actions: 7 },
    ],
  });
});

it('shows what rose and fell since the last one, and campaigns that are new', () => {
  const previous = { figures: { 1: { supporters: 7, actions: 7 } }, firedAt: new Date('2026-11-14T08:00:00Z') };
  const now = { 1: { supporters: 5, actions: 9 }, 2: { supporters: 1, actions: 0 } };
  expect(digestData(campaigns, now, previous)).toMatchObject({
    since: '2026-11-14',
    campaigns: [
      { name: 'bees', newSupporters: '-2', newActions: '+2' },
      { name: 'trees', newSupporters: '+1', newActions: '0' },
    ],
  });
});

it('lists so many, and says how many more there are', () => {
  const many = Array.from({ length: listedCampaigns + 3 }, (_, id) => ({ id, name: `c${id}`, title: `C ${id}` }));
  const data = digestData(many, {}, null);
  expect(data['campaigns']).toHaveLength(listedCampaigns);
  expect(data['more']).toBe(3);
});
