import { areEnough, processorTimeOf, StolenTime, type ProcessorTime } from './stolen-time';

it('reads the stolen time of all processors', () => {
  const stat = 'cpu  100 10 50 800 20 5 5 10 0 0\ncpu0 50 5 25 400 10 2 3 5 0 0\nintr 1\n';
  expect(processorTimeOf(stat)).toEqual({ stolen: 10, all: 1_000 });
});

it.each([
  ['nothing', ''],
  ['few fields', 'cpu  1 2 3'],
  ['no numbers', 'cpu  a b c d e f g h'],
])('takes nothing for stolen where %s is told', (_case, stat) => {
  expect(processorTimeOf(stat)).toEqual({ stolen: 0, all: 0 });
});

it('tells the part that was taken between two moments', () => {
  let nowMs = 0;
  let time: ProcessorTime = { stolen: 0, all: 1_000 };
  const stolen = new StolenTime(
    () => time,
    () => nowMs,
  );
  const until = (at: number, taken: number, all: number): number => {
    nowMs = at;
    time = { stolen: time.stolen + taken, all: time.all + all };
    return stolen.part(at);
  };
  until(1_000, 0, 200);
  until(2_000, 100, 200);
  until(3_000, 0, 200);
  expect(stolen.part(0, 1_000)).toBe(0);
  expect(stolen.part(1_000, 2_000)).toBe(0.5);
  expect(stolen.part(1_200, 1_800)).toBe(0.5);
  expect(stolen.part(0)).toBeCloseTo(1 / 6);
  expect(stolen.isOurs(0, 1_000)).toBe(true);
  expect(stolen.isOurs(1_000, 2_000)).toBe(false);
  stolen.stop();
});

it('takes nothing for stolen on a machine that does not tell', () => {
  let nowMs = 0;
  const stolen = new StolenTime(
    () => ({ stolen: 0, all: 0 }),
    () => nowMs,
  );
  nowMs = 1_000;
  expect(stolen.part(0)).toBe(0);
  stolen.stop();
});

it.each([
  [{ all: 10, kept: 5 }, true],
  [{ all: 10, kept: 4 }, false],
])('wants half of the seconds: %j', (seconds, expected) => {
  expect(areEnough(seconds)).toBe(expected);
});
