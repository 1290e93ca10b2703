import { DatabaseAwayError } from './database-fault';
import { PoolQueue } from './pool-queue';

const limits = { targetMs: 50, intervalMs: 1_000 };

/** Its own timer never comes in between. */
beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }));
afterEach(() => void jest.useRealTimers());

/** A queue on a clock that only tests move. */
function aQueue(size = 1) {
  let time = 0;
  const queue = new PoolQueue(size, limits, () => time);
  const ends: string[] = [];
  const given: (() => void)[] = [];
  const ask = (name: string, isPatient = false): void => {
    void queue.enter(isPatient).then(
      (back) => {
        given.push(back);
        ends.push(name);
      },
      (error: unknown) => ends.push(`${name} ${error instanceof DatabaseAwayError ? 'refused' : String(error)}`),
    );
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    queue,
    ends,
    ask,
    async pass(ms: number): Promise<void> {
      time += ms;
      await settle();
    },
    async giveBack(): Promise<void> {
      given.shift()?.();
      await settle();
    },
  };
}

it('gives what there is at once, and then in the order of asking', async () => {
  const { queue, ends, ask, pass, giveBack } = aQueue(2);
  for (const name of ['a', 'b', 'c', 'd']) ask(name);
  await pass(0);
  expect([ends, queue.waiting]).toEqual([['a', 'b'], 2]);
  await giveBack();
  expect(ends).toEqual(['a', 'b', 'c']);
  await giveBack();
  expect([ends, queue.waiting]).toEqual([['a', 'b', 'c', 'd'], 0]);
});

it('turns nobody away for one long wait among short ones', async () => {
  const { ends, ask, pass, giveBack } = aQueue();
  ask('a');
  ask('b');
  await pass(900);
  await giveBack();
  ask('c');
  await pass(10);
  await giveBack();
  await pass(300);
  ask('d');
  await giveBack();
  expect(ends).toEqual(['a', 'b', 'c', 'd']);
});

/** Of `a` to `d` and a patient one, when everybody waits for longer and longer. */
async function aSlowQueue() {
  const made = aQueue();
  for (const name of ['a', 'b', 'c', 'd']) made.ask(name);
  made.ask('patient', true);
  for (const ms of [600, 600, 1_100]) {
    await made.pass(ms);
    await made.giveBack();
  }
  return made;
}

it('turns away who waits too long once everybody did for an interval, but not the patient', async () => {
  const { ends } = await aSlowQueue();
  expect(ends).toEqual(['a', 'b', 'c', 'd refused', 'patient']);
});

it('takes everybody again once waits are short', async () => {
  const { ends, ask, pass, giveBack } = await aSlowQueue();
  await giveBack();
  ask('e');
  await pass(1_100);
  ask('f');
  await giveBack();
  ask('g');
  await pass(200);
  await giveBack();
  expect(ends.slice(-3)).toEqual(['e', 'f', 'g']);
});

it('does not keep the patient for ever', async () => {
  const { ends, ask, pass, giveBack } = aQueue();
  ask('a');
  ask('patient', true);
  ask('b');
  await pass(3_100);
  await giveBack();
  expect(ends).toEqual(['a', 'patient refused', 'b']);
});

it('gives a connection back once, however often it is told', async () => {
  const { queue } = aQueue();
  const back = await queue.enter();
  back();
  back();
  const second = await queue.enter();
  let isIn = false;
  void queue.enter().then(() => (isIn = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isIn).toBe(false);
  second();
});
