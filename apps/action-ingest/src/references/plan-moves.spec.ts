import { planMoves } from './plan-moves';

const recipe = 'r';
const move = (from: string, to: string) => ({ from, to, recipe });
const map = (...aliases: [string, string][]) => new Map(aliases);

it.each([
  ['a first move', [move('a', 'b')], map(), [move('a', 'b')]],
  ['one that was made before', [move('a', 'b')], map(['a', 'b']), []],
  ['a person who went on since', [move('a', 'c')], map(['a', 'b']), [move('b', 'c')]],
  ['a recipe that comes back', [move('b', 'a')], map(['a', 'b']), [move('b', 'a')]],
  [
    'a present reference from which somebody went on',
    [move('d', 'a')],
    map(['a', 'b']),
    [move('d', 'a'), move('b', 'a')],
  ],
  ['two references of one person', [move('a', 'c'), move('b', 'c')], map(), [move('a', 'c'), move('b', 'c')]],
  ['the same move twice', [move('a', 'c'), move('a', 'c')], map(), [move('a', 'c')]],
  ['a reference that is moved to and away', [move('a', 'b'), move('b', 'c')], map(), [move('a', 'b')]],
])('%s', (_what, wanted, presentOf, planned) => {
  expect(planMoves(wanted, presentOf)).toEqual(planned);
});

it('takes what was stored under a former reference all the same, and whoever went on from it', () => {
  const left = new Set(['a']);
  expect(planMoves([move('a', 'b')], map(['a', 'b']), left)).toEqual([move('a', 'b')]);
  expect(planMoves([move('a', 'c')], map(['a', 'b']), left)).toEqual([move('a', 'c'), move('b', 'c')]);
});
