import { readFileSync } from 'node:fs';
import { ruleTriggerFacts } from './rule-triggers';

it('docs/rules.md has every trigger with its settings and fields', () => {
  const rows = readFileSync('docs/rules.md', 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, trigger = '']) => Object.hasOwn(ruleTriggerFacts, trigger));
  const named = (cell = ''): string[] => cell.match(/[a-zA-Z]+(?=\?|,|$| \()/g) ?? [];
  const page = rows.map(([, trigger = '', , settings, fields]) => [trigger, named(settings), named(fields)]);
  const code = Object.entries(ruleTriggerFacts).map(([trigger, { needs, takes = [], fields }]) => [
    trigger,
    [...needs, ...takes],
    Object.keys(fields),
  ]);
  expect(page).toEqual(code);
});
