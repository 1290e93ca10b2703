import { statsCounterField, statsCounterKinds, statsFields } from '@groundswell/contracts';
import { countersOfFields } from './mirrored-fields';

const { org, area, actionType, page, pageActionType } = statsCounterKinds;

it('reads the fields that stats-service writes', () => {
  const fields = {
    [statsFields.version]: '42',
    [statsCounterField(org, 7, '')]: '12',
    [statsCounterField(org, 8, '')]: '0',
    [statsCounterField(area, 0, 'PL')]: '3',
    [statsCounterField(area, 0, 'a:b')]: '1',
    [statsCounterField(actionType, 0, 'register')]: '15',
    [statsCounterField(page, 9, '')]: '11',
    [statsCounterField(pageActionType, 9, 'share:x')]: '4',
    [statsFields.location(9)]: 'https://act.org/a:b',
    [statsFields.lastActionAt(9)]: '1767225600000',
    [statsFields.lastActionAt(10)]: '1767225600001',
    'z:1': 'of a later version',
    w: '1',
  };
  expect(countersOfFields(Object.entries(fields).flat())).toEqual({
    version: 42,
    byOrg: new Map([[7, 12]]),
    byArea: new Map([
      ['PL', 3],
      ['a:b', 1],
    ]),
    byType: new Map([['register', 15]]),
    byPage: new Map([[9, { supporters: 11, byType: new Map([['share:x', 4]]) }]]),
    activity: new Map([
      [9, { lastActionAt: new Date(1_767_225_600_000), location: 'https://act.org/a:b' }],
      [10, { lastActionAt: new Date(1_767_225_600_001), location: null }],
    ]),
  });
});

it('has nothing of a hash that holds nothing', () => {
  expect(countersOfFields([])).toMatchObject({ version: 0, byOrg: new Map() });
});
