import { describeAttemptStore, describeParkingStore } from '@groundswell/testing';
import { ParkedRepository } from '../src/parking/parked.repository';
import { useDatabase } from './use-database';

const db = useDatabase();

describeParkingStore('ParkedRepository', async () => ({
  store: new ParkedRepository(await db.process(), 'actions'),
  parked: async (queue) => {
    const rows = await db.rows<{ details: Record<string, unknown> | null; body: Buffer }>(
      `select queue, message_id as "messageId", reason, details, body, headers from actions.parked where queue = $1`,
      [queue],
    );
    return rows.map((row) => ({ ...row, details: row.details ?? undefined })) as never;
  },
}));

describeAttemptStore('ParkedRepository', async () => new ParkedRepository(await db.process(), 'actions'));

describe('ParkedRepository', () => {
  it('counts an id once that stands twice in one call', async () => {
    const attempts = new ParkedRepository(await db.process(), 'actions');
    expect(await attempts.note('q', ['a', 'a'], 'alone')).toEqual(new Map([['a', { group: 0, alone: 1 }]]));
  });

  it('shows the attempts of a process that died to the next one', async () => {
    const died = await db.process();
    await new ParkedRepository(died, 'actions').note('left', ['a'], 'group');
    await died.close();
    const next = new ParkedRepository(await db.process(), 'actions');
    expect((await next.note('left', ['a'], 'alone')).get('a')).toEqual({ group: 1, alone: 1 });
  });
});
