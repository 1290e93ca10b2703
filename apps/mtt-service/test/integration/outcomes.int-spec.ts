import { MttFixture } from './mtt-fixture';

const flush = '2025-01-08T18:00:00Z';

let mtt: MttFixture;
beforeAll(async () => {
  mtt = await MttFixture.create({ softBounceLimit: 2 });
});
afterEach(() => mtt.requests());
afterAll(() => mtt.close());

describe('outcomes', () => {
  const aSending = async (count = 1, emails = 1) => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign, { emails });
    await mtt.manyMessages(campaign, target, count);
    await mtt.plan(campaign, flush);
    return { campaign, target, requests: await mtt.requests() };
  };

  it('make a message sent, and its address active', async () => {
    const { campaign, requests } = await aSending();
    await mtt.tell(requests, 'opened');
    await mtt.tell(requests, 'sent');
    await mtt.tell(requests, 'unknown');
    expect(await mtt.states(campaign)).toEqual(['sent 0']);
    expect(await mtt.addressStatus(Number(requests[0]?.targetEmailId))).toBe('active');
  });

  it('returned ones wait again, free their day and are asked for under a higher number', async () => {
    const { campaign, target, requests } = await aSending(2);
    await mtt.tell(requests, 'returned', '2025-01-08T18:00:10Z', 'paused');
    expect(await mtt.states(campaign)).toEqual(['pending 0', 'pending 0']);
    const { rows } = await mtt.sql.query('select planned from mtt.target_days where target_id = $1', [target]);
    expect(rows).toEqual([{ planned: 0 }]);
    await mtt.plan(campaign, flush);
    const again = await mtt.requests();
    expect(again.map(({ purpose, attempt }) => [purpose, attempt])).toEqual(
      requests.map(({ purpose }) => [purpose, 2]),
    );
    await mtt.tell(requests, 'returned', '2025-01-08T18:00:10Z', 'paused');
    expect(await mtt.states(campaign)).toEqual(['sending 0', 'sending 0']);
  });

  it('a bounce moves further messages to the next address', async () => {
    const { campaign, target, requests } = await aSending(1, 2);
    await mtt.tell(requests, 'bounce', '2025-01-08T18:05:00Z', 'no such user');
    await mtt.tell(requests, 'sent');
    await mtt.manyMessages(campaign, target, 1);
    await mtt.plan(campaign, flush);
    expect((await mtt.requests()).map(({ to }) => to.email)).toEqual([`t2@${target}.example.org`]);
    expect((await mtt.messages(campaign))[0]).toMatchObject({ state: 'sent', error: 'no such user' });
  });

  it('an address the account may not mail is not asked for again: the next one is', async () => {
    const { campaign, target, requests } = await aSending(1, 2);
    await mtt.tell(requests, 'returned', flush, 'suppressed');
    expect(await mtt.addressStatus(Number(requests[0]?.targetEmailId))).toBe('blocked');
    await mtt.plan(campaign, flush);
    const again = await mtt.requests();
    expect(again.map(({ to, attempt }) => [to.email, attempt])).toEqual([[`t2@${target}.example.org`, 2]]);
    // Told again, of an asking of before.
    await mtt.tell(requests, 'returned', flush, 'suppressed');
    expect(await mtt.addressStatus(Number(again[0]?.targetEmailId))).not.toBe('blocked');
    await mtt.tell(again, 'returned', flush, 'suppressed');
    expect(await mtt.plan(campaign, flush)).toBe(0);
    expect(await mtt.states(campaign)).toEqual(['pending 0']);
  });

  it.each([
    ['before', ['bounce', 'failed']],
    ['after', ['failed', 'bounce']],
  ] as const)('a refused call ends the address and leaves the message failed, told %s its end', async (_, kinds) => {
    const { campaign, requests } = await aSending();
    for (const outcome of kinds) {
      await mtt.tell(requests, outcome, flush, 'no such user', outcome === 'bounce' ? { isRefusal: true } : {});
    }
    expect(await mtt.states(campaign)).toEqual(['failed 0']);
    expect(await mtt.addressStatus(Number(requests[0]?.targetEmailId))).toBe('bounce');
  });

  it('soft bounces count once for each message, and end the address at the limit', async () => {
    const { requests } = await aSending(2);
    const address = Number(requests[0]?.targetEmailId);
    await mtt.tell([requests[0]!, requests[0]!], 'soft_bounce', '2025-01-08T18:05:00Z', 'full');
    expect(await mtt.addressStatus(address)).toBe('none');
    await mtt.tell([requests[1]!], 'soft_bounce', '2025-01-08T18:06:00Z', 'full');
    expect(await mtt.addressStatus(address)).toBe('bounce');
  });

  it('a cancelled one gives its place to the next of the same person', async () => {
    const campaign = await mtt.aCampaign();
    const target = await mtt.aTarget(campaign);
    for (const at of ['07', '08']) {
      await mtt.aToldAction(campaign, { person: 'ann', targets: [target], at: `2025-01-06T${at}:00:00Z` });
    }
    await mtt.plan(campaign, flush);
    await mtt.tell(await mtt.requests(), 'cancelled', flush, 'erased');
    expect(await mtt.states(campaign)).toEqual(['cancelled', 'pending 0']);
  });

  it('that never come are asked for again, for the same day, and then the message is unknown until one does', async () => {
    const { campaign, requests } = await aSending(1, 2);
    // The address it was asked with stays, though it takes no more mail by now.
    await mtt.sql.query(`insert into mtt.target_email_states (target_email_id, status) values ($1, 'bounce')`, [
      requests[0]?.targetEmailId,
    ]);
    await mtt.askAgain();
    const again = (await mtt.requests()).filter(({ campaignId }) => campaignId === campaign);
    expect(again).toEqual([{ ...requests[0], attempt: 2 }]);
    await mtt.askAgain();
    expect((await mtt.messages(campaign))[0]).toMatchObject({ state: 'unknown', error: 'no answer' });
    await mtt.tell(again, 'returned', '2025-01-09T00:00:00Z', 'too late');
    expect(await mtt.states(campaign)).toEqual(['pending 0']);
  });

  it('leave the counts of targets as a recount has them', async () => {
    const differing = await mtt.sql.query(
      `select p.target_id from mtt.target_progress p
         full join (select target_id, count(*) as total, count(*) filter (where state = 'pending') as pending,
                           count(*) filter (where state = 'sent') as sent, count(*) filter (where state = 'failed') as failed
                      from mtt.message_states where dupe_rank = 0 and not testing group by 1) r using (target_id)
        where (coalesce(p.total, 0), coalesce(p.pending, 0), coalesce(p.sent, 0), coalesce(p.failed, 0))
              is distinct from (coalesce(r.total, 0), coalesce(r.pending, 0), coalesce(r.sent, 0), coalesce(r.failed, 0))`,
    );
    expect(differing.rows).toEqual([]);
  });
});
