import { randomBytes } from 'node:crypto';
import { waitFor } from '@groundswell/testing';
import { ApiClient } from '../src/api-client';
import {
  aCampaign,
  actMutation,
  anOrg,
  aPage,
  aSignature,
  newEmail,
  signMutation,
  type TestOrg,
  type TestPage,
} from '../src/campaign-world';
import { TestFleet } from '../src/test-fleet';

interface StoredAction {
  id: number;
  type: string;
  supporter: number | null;
}

/** graphql-api.md §10: the facts that need more than a gateway. The others are in the gateway's client-facts. */
describe('client facts of the whole fleet', () => {
  let fleet: TestFleet;
  let gateways: ApiClient[];
  let org: TestOrg;
  let page: TestPage;

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
    const second = await fleet.startOne('api-gateway', {}, 'api-gateway-2');
    await second.ready({ deadlineMs: 60_000 });
    gateways = [fleet.anonymous, new ApiClient(second.url)];
    org = await anOrg(fleet);
    page = await aPage(org, await aCampaign(org));
  });
  afterAll(() => fleet?.stop());

  const sign = async (on: TestPage, change: Record<string, unknown> = {}): Promise<string> =>
    (await fleet.anonymous.data<{ addActionContact: { contactRef: string } }>(signMutation, aSignature(on, change)))
      .addActionContact.contactRef;

  const act = (on: TestPage, contactRef: string, action: Record<string, unknown> = { actionType: 'share' }) =>
    fleet.anonymous.data(actMutation, { actionPage: on.id, action, contactRef });

  /** Actions of the page, oldest first. */
  const stored = async ({ id }: TestPage): Promise<StoredAction[]> =>
    (
      await fleet.sql.query<StoredAction>(
        `select id::int, action_type as type, supporter_id::int as supporter
           from actions.actions where action_page_id = $1 order by id`,
        [id],
      )
    ).rows;

  /** Once so many are there: their types and their supporters. */
  const whenStored = async (on: TestPage, count: number) => {
    const rows = await waitFor(async () => {
      const found = await stored(on);
      return found.length >= count && found;
    });
    return { types: rows.map(({ type }) => type), supporters: rows.map(({ supporter }) => supporter) };
  };

  it('5 an action with the reference of a signature is of the same supporter', async () => {
    const ref = await sign(page);
    await act(page, ref);
    const { types, supporters } = await whenStored(page, 2);
    expect(types.sort()).toEqual(['register', 'share']);
    expect(supporters).toEqual([expect.any(Number), supporters[0]]);
  });

  it('6 an action with an unknown reference is stored, and linked by who carries it when signing', async () => {
    const fresh = await aPage(org, await aCampaign(org));
    const carried = randomBytes(16).toString('base64url');
    expect(await act(fresh, carried)).toEqual({ addAction: { contactRef: carried } });
    expect(await whenStored(fresh, 1)).toEqual({ types: ['share'], supporters: [null] });
    await sign(fresh, { contactRef: carried });
    await waitFor(async () => {
      const supporters = (await stored(fresh)).map(({ supporter }) => supporter);
      return supporters.length === 2 && !supporters.includes(null) && new Set(supporters).size === 1;
    });
  });

  it('16 one Idempotency-Key is one action, on one gateway and on two', async () => {
    const fresh = await aPage(org, await aCampaign(org));
    const headers = { 'idempotency-key': randomBytes(8).toString('hex') };
    const variables = aSignature(fresh);
    for (const gateway of [gateways[0]!, gateways[0]!, gateways[1]!]) {
      expect(await gateway.ask(signMutation, variables, headers)).toMatchObject({ status: 200, errors: [] });
    }
    // Behind the repeats in the same partition, since it is of the same person: whatever they made is stored before it.
    const { contact } = variables as { contact: { email: string } };
    await sign(fresh, { contact, action: { actionType: 'later' } });
    await waitFor(async () => (await stored(fresh)).some(({ type }) => type === 'later'));
    expect((await stored(fresh)).map(({ type }) => type)).toEqual(['register', 'later']);
  });

  it('16 mails to targets that come before their contact are made once it signs', async () => {
    const mtt = { startAt: '2020-01-01T00:00:00Z', endAt: '2040-01-01T00:00:00Z' };
    const campaign = await aCampaign(org, { mtt });
    const fresh = await aPage(org, campaign);
    const { upsertTargets } = await org.owner.data<{ upsertTargets: { id: string }[] }>(
      `mutation ($id: Int!, $targets: [TargetInput!]!) { upsertTargets(campaignId: $id, targets: $targets) { id } }`,
      { id: campaign.id, targets: [{ externalId: 'm', name: 'Minister', emails: [{ email: newEmail() }] }] },
    );
    const targets = upsertTargets.map(({ id }) => id);
    const carried = randomBytes(16).toString('base64url');
    const mail = { subject: 'Bees', body: 'Dear minister', targets };
    await act(fresh, carried, { actionType: 'mail2target', mtt: mail });
    await whenStored(fresh, 1);
    const messages = async () =>
      (
        await fleet.sql.query<{ target: string; subject: string }>(
          `select m.target_id as target, c.subject from actions.messages m
             join actions.message_contents c on c.id = m.message_content_id
             join actions.actions a on a.id = m.action_id where a.action_page_id = $1`,
          [fresh.id],
        )
      ).rows;
    expect(await messages()).toEqual([]);
    await sign(fresh, { contactRef: carried });
    await waitFor(async () => (await messages()).length > 0);
    expect(await messages()).toEqual([{ target: targets[0], subject: 'Bees' }]);
  });
});
