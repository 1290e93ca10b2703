import { MttFixture, refOf } from './mtt-fixture';

const flush = '2025-01-08T18:00:00Z';
const ref = (person: string): string => refOf(person).toString('base64url');

let mtt: MttFixture;
beforeAll(async () => {
  mtt = await MttFixture.create();
});
afterEach(() => mtt.requests());
afterAll(() => mtt.close());

/** What action-ingest does to its tables. */
async function move(from: string, to: string): Promise<void> {
  await mtt.sql.query('update actions.supporters set fingerprint = $2 where fingerprint = $1', [
    refOf(from),
    refOf(to),
  ]);
  await mtt.sql.query('insert into actions.reference_aliases (old_ref, new_ref) values ($1, $2)', [
    refOf(from),
    refOf(to),
  ]);
}
const told = (from: string, to: string): Promise<void> => mtt.intake.movePersons([{ from: ref(from), to: ref(to) }]);

describe('persons with another reference', () => {
  it('are one person to a target: the earlier message goes, and the other one waits behind it', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    await mtt.aToldAction(campaign, { person: 'ann now', targets: [target], at: '2025-01-06T08:02:00Z' });
    await mtt.aToldAction(campaign, { person: 'ann before', targets: [target], at: '2025-01-06T08:01:00Z' });
    expect(await mtt.states(campaign)).toEqual(['pending 0', 'pending 0']);
    await move('ann before', 'ann now');
    for (let times = 0; times < 2; times += 1) {
      await told('ann before', 'ann now');
      expect(await mtt.states(campaign)).toEqual(['pending 1', 'pending 0']);
    }
    expect(await mtt.plan(campaign, flush)).toBe(1);
  });

  it('are never written for again after something was sent, though the news of the move comes last', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    await mtt.aToldAction(campaign, { person: 'ben before', targets: [target] });
    await mtt.plan(campaign, flush);
    await mtt.tell(await mtt.requests(), 'sent');
    await move('ben before', 'ben now');
    await mtt.aToldAction(campaign, { person: 'ben now', targets: [target], at: '2025-01-06T07:00:00Z' });
    expect(await mtt.states(campaign)).toEqual(['sent 0', 'pending 1']);
    await told('ben before', 'ben now');
    expect(await mtt.states(campaign)).toEqual(['sent 0', 'pending 1']);
    expect(await mtt.plan(campaign, flush)).toBe(0);
  });

  it('are asked for again under the purpose of the first asking', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    await mtt.aToldAction(campaign, { person: 'cat before', targets: [target] });
    await mtt.plan(campaign, flush);
    const [first] = await mtt.requests();
    await move('cat before', 'cat now');
    await told('cat before', 'cat now');
    await mtt.sql.query(
      `update mtt.message_states set asked_at = now() - interval '1 day', not_after = now() + interval '1 day'
      where campaign_id = $1`,
      [campaign],
    );
    await mtt.askAgain();
    const again = (await mtt.requests()).find(({ messageId }) => messageId === first?.messageId);
    expect(again).toMatchObject({ purpose: first?.purpose, ref: ref('cat now'), attempt: 2 });
  });

  it('keep both mails that were handed over before, and count once', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    for (const person of ['dan before', 'dan now']) await mtt.aToldAction(campaign, { person, targets: [target] });
    await mtt.plan(campaign, flush);
    await mtt.tell(await mtt.requests(), 'sent');
    await move('dan before', 'dan now');
    await told('dan before', 'dan now');
    expect(await mtt.states(campaign)).toEqual(['sent 0', 'sent 1']);
    const { rows } = await mtt.sql.query('select total, pending, sent from mtt.target_progress where target_id = $1', [
      target,
    ]);
    expect(rows).toEqual([{ total: 1, pending: 0, sent: 1 }]);
  });

  it('have the answers to their messages under the present reference', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    await mtt.aToldAction(campaign, { person: 'eva before', targets: [target] });
    const [message] = await mtt.messages(campaign);
    await mtt.sql.query(
      `insert into mtt.replies (id, message_id, org_id, campaign_id, action_id, target_id, fingerprint, accepted_at, received_at,
                                subject, body, is_cut)
       select gen_random_uuid(), message_id, 1, campaign_id, action_id, target_id, fingerprint, accepted_at, now(), 's', 'b', false
         from mtt.message_states where message_id = $1`,
      [message?.id],
    );
    await move('eva before', 'eva now');
    await told('eva before', 'eva now');
    const { rows } = await mtt.sql.query('select fingerprint from mtt.replies where message_id = $1', [message?.id]);
    expect(rows).toEqual([{ fingerprint: refOf('eva now') }]);
  });
});
