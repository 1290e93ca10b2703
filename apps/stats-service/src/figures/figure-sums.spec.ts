import { statsCounterField, statsCounterKinds } from '@groundswell/contracts';
import { differences } from '../counting/full-count';
import { changeOf } from './figures-change';
import { FigureSums, type Figure } from './figure-sums';

const delta = {
  campaignId: 3,
  byOrg: { '7': 2, '8': -1 },
  byArea: { PL: 1 },
  byPage: { '31': 2 },
  actionCount: { register: 2 },
  pageActionCount: { '31': { register: 2 } },
};
const figure = (kind: Figure['kind'], id: number, name: string, count: number): Figure => ({
  campaignId: 3,
  kind,
  id,
  name,
  count,
});
const { org, area, actionType, page, pageActionType } = statsCounterKinds;
const figures = [
  figure(org, 7, '', 2),
  figure(org, 8, '', -1),
  figure(area, 0, 'PL', 1),
  figure(actionType, 0, 'register', 2),
  figure(page, 31, '', 2),
  figure(pageActionType, 31, 'register', 2),
];

describe('FigureSums', () => {
  it('has every figure of a delta', () => {
    const sums = new FigureSums();
    sums.addDelta(delta);
    expect([...sums]).toEqual(figures);
    expect(figures.map(({ kind, id, name }) => statsCounterField(kind, id, name))).toEqual([
      'o:7',
      'o:8',
      'a:PL',
      't:register',
      'p:31',
      'y:31:register',
    ]);
  });

  it('adds and takes away, and keeps campaigns whose figures come to nothing', () => {
    const sums = new FigureSums();
    sums.addDelta(delta);
    sums.addDelta(delta, -1);
    sums.addDelta({ ...delta, campaignId: 4, byOrg: {}, byArea: {}, byPage: {}, actionCount: {}, pageActionCount: {} });
    expect(sums.nonZero()).toEqual([]);
    expect(sums.campaignIds).toEqual([3, 4]);
  });
});

describe('differences', () => {
  it('names what is to be otherwise, as it is to be', () => {
    const right = new FigureSums().addAll([figure(org, 7, '', 5), figure(org, 8, '', 2), figure(area, 0, 'PL', 1)]);
    const stored = [figure(org, 7, '', 5), figure(org, 8, '', 3), figure(org, 9, '', 4)];
    expect(differences(right, stored)).toEqual([
      figure(org, 8, '', 2),
      figure(area, 0, 'PL', 1),
      figure(org, 9, '', 0),
    ]);
  });
});

describe('changeOf', () => {
  it('has the fields of each campaign that changed, one whose figures stayed too', () => {
    const lastActionAt = new Date(1_000);
    const pages = [{ pageId: 31, campaignId: 3, lastActionAt, location: 'https://x.example/' }];
    const change = changeOf(9, [3, 4], [figure(org, 7, '', 5)], pages);
    expect(change).toEqual({
      previous: 8,
      version: 9,
      campaigns: new Map([
        [
          3,
          [
            ['o:7', '5'],
            ['l:31', '1000'],
            ['u:31', 'https://x.example/'],
          ],
        ],
        [4, []],
      ]),
    });
  });
});
