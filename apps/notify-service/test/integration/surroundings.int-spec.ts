import { systemQueues } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { facts, NotifyFixture } from './notify-fixture';

describe('faults of the surroundings', () => {
  let fixture: NotifyFixture;

  beforeEach(async () => {
    fixture = await NotifyFixture.create();
  });
  afterEach(() => fixture.close());

  const purposesOf = async (count: number): Promise<string[]> => {
    const mails = await fixture.mails(count);
    return [...new Set(mails.map(({ messageId }) => messageId))];
  };

  it('what cannot be published waits in the outbox, and goes out once its queue is there', async () => {
    await fixture.vhost.channel.deleteQueue(systemQueues.emailRequest);
    await fixture.start();
    await fixture.publish(await fixture.anInvitation());
    await waitFor(async () => (await fixture.count(`notify.outbox where last_error = 'no queue took it'`)) === 1);
    await fixture.declareMailQueue();
    expect(await purposesOf(1)).toHaveLength(1);
    await fixture.quiet();
  });

  it('nothing is published before topology-service has confirmed the queues', async () => {
    await fixture.sql.query(`update topology.queue_sets set state = 'pending'`);
    await fixture.start();
    const created = await fixture.anInvitation();
    await fixture.publish(created);
    await fixture.outcomes(created);
    expect(await fixture.count('notify.outbox')).toBe(1);
    await fixture.sql.query(`update topology.queue_sets set state = 'confirmed'`);
    expect(await purposesOf(1)).toHaveLength(1);
  });

  it('a right that is missing for a while parks nothing', async () => {
    await fixture.sql.query('revoke insert on notify.confirms from gs_notify');
    await fixture.start();
    const created = await fixture.anInvitation();
    await fixture.publish(created);
    await waitFor(async () => (await fixture.vhost.look(facts))?.consumers === 1);
    await fixture.sql.query('grant insert on notify.confirms to gs_notify');
    expect(await fixture.outcomes(created)).toEqual(['requested']);
    expect(await fixture.count('notify.parked')).toBe(0);
    expect(await purposesOf(1)).toHaveLength(1);
  });

  it('facts wait while there is no instance org', async () => {
    await fixture.start({ ORG_NAME: 'platform' });
    const created = await fixture.anInvitation();
    await fixture.publish(created);
    await waitFor(async () => (await fixture.vhost.look(facts))?.consumers === 1);
    await fixture.anOrg('platform');
    expect(await fixture.outcomes(created)).toEqual(['requested']);
    expect(await fixture.count('notify.parked')).toBe(0);
  });

  it('connections cut in the middle lose and double nothing', async () => {
    await fixture.start();
    const created = [];
    for (let at = 0; at < 60; at += 1) created.push(await fixture.anInvitation());
    await fixture.publish(...created);
    await waitFor(async () => (await fixture.count('notify.confirms')) >= 10);
    await waitFor(async () => (await fixture.vhost.closeConnections('notify-service')) > 0);
    await fixture.outcomes(...created);
    await fixture.quiet();
    const ids = await purposesOf(created.length);
    expect(ids.map((id) => Number(id.split(':')[1])).sort((a, b) => a - b)).toEqual(
      created.map(({ confirmId }) => confirmId).sort((a, b) => a - b),
    );
  });

  it('two replicas share the work and ask for nothing twice', async () => {
    await Promise.all([fixture.start(), fixture.start()]);
    const created = [];
    for (let at = 0; at < 20; at += 1) created.push(await fixture.anInvitation());
    await fixture.publish(...created, ...created);
    await fixture.outcomes(...created);
    await fixture.quiet();
    const mails = await fixture.mails(created.length);
    expect(mails.map(({ messageId }) => messageId)).toHaveLength(created.length);
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(created.length);
  });
});

describe('a fact that never came', () => {
  let fixture: NotifyFixture;

  beforeAll(async () => {
    fixture = await NotifyFixture.create();
  });
  afterAll(() => fixture.close());

  it('is made up for once the confirm is old enough; one that was dealt with is left alone', async () => {
    const [missed, handled] = [await fixture.anInvitation(), await fixture.anInvitation()];
    const [young, over] = [await fixture.anInvitation(), await fixture.anInvitation()];
    await fixture.sql.query(`update catalog.confirms set inserted_at = now() - interval '5 minutes' where id <> $1`, [
      young.confirmId,
    ]);
    await fixture.sql.query('update catalog.confirms set charges = 0 where id = $1', [over.confirmId]);
    await fixture.sql.query(`insert into notify.confirms (confirm_id, outcome) values ($1, 'requested')`, [
      handled.confirmId,
    ]);
    await fixture.start({ MISSED_CONFIRMS_INTERVAL: '200' });
    const mails = await fixture.mails(1);
    expect(mails.map(({ messageId }) => Number(messageId.split(':')[1]))).toEqual([missed.confirmId]);
    expect(await fixture.count('notify.confirms')).toBe(2);
  });

  it('and comes after all, asks nothing again', async () => {
    const { rows } = await fixture.sql.query('select confirm_id::int as "confirmId" from notify.confirms limit 1');
    await fixture.publish({ ...(await fixture.anInvitation()), ...rows[0] });
    await fixture.quiet();
    expect(await fixture.mails(0)).toEqual([]);
  });
});

describe('health and stopping', () => {
  it('is ready with database and catalogue, tells a lost broker as degraded, and ends by itself', async () => {
    const fixture = await NotifyFixture.create();
    try {
      const app = await fixture.start();
      const get = async (path: string) => {
        const { statusCode, body } = await app.inject({ method: 'GET', url: path });
        return { statusCode, body };
      };
      await waitFor(async () => (await get('/ready')).statusCode === 200);
      await fixture.publish(await fixture.anInvitation());
      await fixture.mails(1);
      expect((await get('/metrics')).body).toMatch(
        /groundswell_notify_confirms_total\{by="fact",outcome="requested",service="notify-service"\} 1/,
      );
      await fixture.stop(app);
      await waitFor(async () => (await fixture.vhost.look(facts))?.consumers === 0);
    } finally {
      await fixture.close();
    }
  });
});
