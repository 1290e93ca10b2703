import type { Occurrence, Rule } from './rule';
import { RulePage } from './rule-book';

const rule = (id: number, orgId: number, of: Partial<Rule> = {}): Rule => ({
  ...{ id, orgId, campaignId: null, name: `rule ${id}`, trigger: 'action_added', settings: {}, conditions: [] },
  ...{ effect: 'mail', recipients: [], isEnabled: true },
  ...of,
});
const occurrence = (orgIds: number[], campaignId: number | null = 7): Occurrence => ({
  ...{ trigger: 'action_added', orgIds, campaignId, subject: 'action:1', subjectId: 1, fields: {} },
});

const page = new RulePage(1, [
  rule(1, 10),
  rule(2, 10, { campaignId: 7 }),
  rule(3, 10, { campaignId: 8 }),
  rule(4, 20),
  rule(5, 10, { trigger: 'goal' }),
]);

it.each<[string, Occurrence, number[]]>([
  ['the org of the page', occurrence([10]), [1, 2]],
  ['page and lead, each once', occurrence([10, 20, 10]), [1, 2, 4]],
  ['an org without rules', occurrence([30]), []],
  ['no campaign', occurrence([10], null), [1]],
  ['nobody', occurrence([]), []],
])('concerns rules of %s', (_, one, expected) => {
  expect(page.concerned(one).map(({ id }) => id)).toEqual(expected);
});

it('has all of a trigger', () => {
  expect(page.of('action_added', 'goal').map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
  expect([page.has('goal'), page.has('quota')]).toEqual([true, false]);
});
