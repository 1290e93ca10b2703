import { Client } from 'pg';
import { waitFor } from '@groundswell/testing';
import { SweepMessagesTask } from '../../src/intake/sweep-messages.task';
import { MttFixture } from './mtt-fixture';

const at = '2024-12-01T10:00:00Z';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined } as never;

describe('tests whose message action-ingest has removed', () => {
  let mtt: MttFixture;
  beforeAll(async () => {
    mtt = await MttFixture.create();
  });
  afterAll(() => mtt.close());

  const sweep = () => new SweepMessagesTask(mtt.database, mtt.intake, silent, 60_000).run();
  const removeMessages = (campaign: number, states: string[]) =>
    mtt.sql.query(
      `delete from actions.messages m using mtt.message_states s
        where s.message_id = m.id and s.campaign_id = $1 and s.state = any($2)`,
      [campaign, states],
    );
  const setStates = async (campaign: number, states: string[]) => {
    const messages = await mtt.messages(campaign);
    for (const [index, { id }] of messages.entries()) {
      await mtt.sql.query('update mtt.message_states set state = $2 where message_id = $1', [id, states[index]]);
    }
  };
  const all = ['pending', 'sending', 'sent', 'failed', 'cancelled', 'unknown'];

  it('are forgotten once they are over, and do not come back', async () => {
    const campaign = await mtt.aCampaign();
    const targets: string[] = [];
    for (const _ of all) targets.push(await mtt.aTarget(campaign));
    const actionId = await mtt.aToldAction(campaign, { person: 'tester', targets, testing: true, at });
    await setStates(campaign, all);
    await removeMessages(campaign, all);
    await sweep();
    // What waited was withdrawn by this sweep, and goes with it.
    expect(await mtt.states(campaign)).toEqual(['sending']);
    await mtt.intake.refresh({ actionIds: [actionId] });
    await sweep();
    expect(await mtt.states(campaign)).toEqual(['sending']);
  });

  it('go, and those with a message stay', async () => {
    const campaign = await mtt.aCampaign();
    const targets = [await mtt.aTarget(campaign), await mtt.aTarget(campaign)];
    await mtt.aToldAction(campaign, { person: 'tester', targets, testing: true, at });
    await setStates(campaign, ['sent', 'cancelled']);
    await removeMessages(campaign, ['sent']);
    expect(await mtt.intake.forgetRemoved((await mtt.messages(campaign)).map(({ id }) => id))).toBe(1);
    await sweep();
    expect(await mtt.states(campaign)).toEqual(['cancelled']);
  });

  it('are all that goes: what was sent to a target keeps the person from writing to it again', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    await mtt.aToldAction(campaign, { person: 'ann', targets: [target] });
    await setStates(campaign, ['sent']);
    await removeMessages(campaign, ['sent']);
    await sweep();
    await mtt.aToldAction(campaign, { person: 'ann', targets: [target] });
    expect(await mtt.states(campaign)).toEqual(['sent 0', 'pending 1']);
    const { rows } = await mtt.sql.query('select total, sent from mtt.target_progress where target_id = $1', [target]);
    expect(rows).toEqual([{ total: 1, sent: 1 }]);
  });

  it('wait while an intake is under way that may have seen the message', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    await mtt.aToldAction(campaign, { person: 'tester', targets: [target], testing: true, at });
    await setStates(campaign, ['sent']);
    await removeMessages(campaign, ['sent']);
    const intake = new Client({ connectionString: mtt.databaseOfTest.urls.mtt });
    await intake.connect();
    try {
      await intake.query('begin');
      await intake.query('select pg_advisory_xact_lock(2200001)');
      const ids = (await mtt.messages(campaign)).map(({ id }) => id);
      const order: string[] = [];
      const forgetting = mtt.intake.forgetRemoved(ids).then((count) => order.push(`forgot ${count}`));
      await untilWaiting();
      order.push('intake ended');
      await intake.query('commit');
      await forgetting;
      expect(order).toEqual(['intake ended', 'forgot 1']);
    } finally {
      await intake.end();
    }
  });

  const untilWaiting = () =>
    waitFor(async () => {
      const { rows } = await mtt.sql.query(
        `select from pg_locks l join pg_database d on d.oid = l.database
          where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`,
      );
      return rows.length > 0;
    });
});
