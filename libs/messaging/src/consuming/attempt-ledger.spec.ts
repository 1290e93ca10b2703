import { AttemptLedger } from './attempt-ledger';
import { FakeAttemptStore } from './fake.attempt-store';

it('gives the counts of earlier processes, without the attempt just noted', async () => {
  const store = new FakeAttemptStore();
  await new AttemptLedger(store).note('q', ['a'], 'group');
  await new AttemptLedger(store).note('q', ['a'], 'alone');

  const before = await new AttemptLedger(store).note('q', ['a', 'b'], 'group');
  expect(Object.fromEntries(before)).toEqual({ a: { group: 1, alone: 1 }, b: { group: 0, alone: 0 } });
});

it('does not count what this process noted and lived through', async () => {
  const ledger = new AttemptLedger(new FakeAttemptStore());
  await ledger.note('q', ['a'], 'group');
  expect((await ledger.note('q', ['a'], 'group')).get('a')).toEqual({ group: 0, alone: 0 });
});

it('keeps queues apart', async () => {
  const store = new FakeAttemptStore();
  await new AttemptLedger(store).note('q', ['a'], 'group');
  expect((await new AttemptLedger(store).note('other', ['a'], 'group')).get('a')).toEqual({ group: 0, alone: 0 });
});

it('keeps counting alone after group in the same process: that is one run on its way to the other', async () => {
  const ledger = new AttemptLedger(new FakeAttemptStore());
  await ledger.note('q', ['a'], 'group');
  expect((await ledger.note('q', ['a'], 'alone')).get('a')).toEqual({ group: 1, alone: 0 });
});
