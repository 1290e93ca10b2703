import type { TestDatabase } from '@groundswell/testing';
import { Catalogue } from '@groundswell/persistence';
import { AdminGateway, unique, withDatabase } from './admin.fixture';
import { StatementCounter } from './statement-counter';

let database: TestDatabase;
let gateway: AdminGateway;
let org: { id: number; name: string; token: string; userId: number };
let campaign: { id: number; name: string };
let admin: { id: number; token: string };

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  org = await gateway.addOrg();
  admin = await gateway.addUser('root@example.org', 15);
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});
beforeEach(async () => {
  campaign = await gateway.addCampaign(org);
});

describe('OrgInput.highSecurity', () => {
  const update =
    'mutation ($name: String!, $input: OrgInput!) { updateOrg(name: $name, input: $input) { personalData { highSecurity } } }';
  const set = (highSecurity: boolean | null, token: string, name = org.name) =>
    gateway.ask(update, { name, input: { highSecurity } }, token);

  it('is for instance admins only, whatever its value', async () => {
    for (const value of [true, false, null]) {
      expect((await set(value, org.token)).errors?.[0]).toMatchObject({
        message: 'You do not have the required permission',
        path: ['updateOrg'],
        extensions: { code: 'permission_denied', required: ['instance_owner'], org_id: org.id },
      });
    }
    const input = { name: unique('org'), title: 'T', highSecurity: true };
    const add = 'mutation ($input: OrgInput!) { addOrg(input: $input) { id } }';
    expect((await gateway.ask(add, { input }, org.token)).errors?.[0]?.extensions).toMatchObject({
      code: 'permission_denied',
      required: ['instance_owner'],
    });
    await gateway.get(add, { input }, admin.token);
    expect(gateway.app.get(Catalogue).orgByName(input.name)?.highSecurity).toBe(true);
  });

  it('is stored, at once in the catalogue, audited, and taken back', async () => {
    const at = await gateway.addOrg();
    expect(await set(true, admin.token, at.name)).toEqual({
      data: { updateOrg: { personalData: { highSecurity: true } } },
    });
    expect(gateway.app.get(Catalogue).orgs.get(at.id)?.highSecurity).toBe(true);
    const { changeset } = await gateway.one<{ changeset: object }>(
      `select changeset from catalog.audit_log where actor_id = $1 and resource_id = $2 order by inserted_at desc limit 1`,
      [String(admin.id), String(at.id)],
    );
    expect(changeset).toMatchObject({ operation: 'updateOrg', attributes: ['highSecurity'] });
    expect((await set(null, admin.token, at.name)).data).toEqual({
      updateOrg: { personalData: { highSecurity: false } },
    });
  });

  it('keeps the org from deactivating its keys', async () => {
    const at = await gateway.addOrg();
    const deactivate = 'mutation ($name: String!) { deactivateAllKeys(orgName: $name) { status } }';
    const key = await gateway.get<{ generateKey: { id: number } }>(
      'mutation ($name: String!) { generateKey(orgName: $name, input: {name: "k"}) { id } }',
      { name: at.name },
      at.token,
    );
    const { id } = key.generateKey;
    await gateway.get(
      'mutation ($name: String!, $id: Int!) { activateKey(orgName: $name, id: $id) { status } }',
      { name: at.name, id },
      at.token,
    );
    await set(true, admin.token, at.name);
    expect((await gateway.ask(deactivate, { name: at.name }, at.token)).errors?.[0]?.extensions).toEqual({
      code: 'bad_arg',
    });
    expect(gateway.app.get(Catalogue).activeKeyOf(at.id)?.id).toBe(id);
    await set(false, admin.token, at.name);
    await gateway.get(deactivate, { name: at.name }, at.token);
    expect(gateway.app.get(Catalogue).activeKeyOf(at.id)).toBeUndefined();
  });
});

describe('CampaignInput of section 11', () => {
  const fields = '... on PrivateCampaign { forceDelivery publicActions transientActions }';
  const update = `mutation ($id: Int!, $input: CampaignInput!) { updateCampaign(id: $id, input: $input) { ${fields} } }`;
  const set = async (input: object) =>
    (await gateway.get<{ updateCampaign: object }>(update, { id: campaign.id, input }, org.token)).updateCampaign;
  const errors = (input: object) => gateway.errors(update, { id: campaign.id, input }, org.token);

  it('sets, keeps and clears forceDelivery, publicActions and transientActions', async () => {
    const lists = { publicActions: ['register:comment', 'share:medium'], transientActions: ['register:phone:number'] };
    expect(await set({ title: 'New' })).toEqual({ forceDelivery: false, publicActions: [], transientActions: [] });
    expect(await set({ forceDelivery: true, ...lists })).toEqual({ forceDelivery: true, ...lists });
    expect(gateway.app.get(Catalogue).campaigns.get(campaign.id)).toMatchObject({ forceDelivery: true, ...lists });
    expect(await set({ publicActions: null })).toEqual({ forceDelivery: true, ...lists, publicActions: [] });
    expect(await set({ forceDelivery: null, transientActions: [] })).toEqual({
      ...{ forceDelivery: false, publicActions: [], transientActions: [] },
    });
    expect(await set({ publicActions: ['a:b', 'a:b', 'a:c'] })).toMatchObject({ publicActions: ['a:b', 'a:c'] });
  });

  it('takes them for a new campaign too, and in upsertCampaign', async () => {
    const made = await gateway.addCampaign(org, { forceDelivery: true, publicActions: ['register:comment'] });
    expect(gateway.app.get(Catalogue).campaigns.get(made.id)).toMatchObject({
      ...{ forceDelivery: true, publicActions: ['register:comment'], transientActions: [] },
    });
    await gateway.get(
      'mutation ($org: String!, $input: CampaignInput!) { upsertCampaign(orgName: $org, input: $input) { id } }',
      { org: org.name, input: { name: made.name, transientActions: ['register:phone'] } },
      org.token,
    );
    expect(gateway.app.get(Catalogue).campaigns.get(made.id)).toMatchObject({
      ...{ forceDelivery: true, publicActions: ['register:comment'], transientActions: ['register:phone'] },
    });
  });

  it('refuses entries that are no actionType:fieldName, at their place', async () => {
    expect(
      await errors({
        publicActions: ['a:b', 'comment', ':x', 'a:', 'a b:c'],
        transientActions: [`a:${'x'.repeat(254)}`],
      }),
    ).toEqual([
      ...[1, 2, 3, 4].map((index) => ['has invalid format', `updateCampaign.publicActions.${index}`]),
      ['should be at most 255 character(s)', 'updateCampaign.transientActions.0'],
    ]);
    const many = Array.from({ length: 501 }, (_, i) => `a:f${i}`);
    expect(await errors({ publicActions: many })).toEqual([['is too large', 'updateCampaign.publicActions']]);
  });

  it('needs the permissions of any campaign setting, and is audited', async () => {
    const { id, token } = await gateway.addUser(`${unique('u')}@example.org`);
    const ask = () => gateway.ask(update, { id: campaign.id, input: { publicActions: ['a:b'] } }, token);
    expect((await ask()).errors?.[0]?.extensions).toMatchObject({ code: 'permission_denied' });
    await gateway.addStaffer(id, org.id, 1 << 20);
    expect((await ask()).errors).toBeUndefined();
    const { changeset } = await gateway.one<{ changeset: object }>(
      'select changeset from catalog.audit_log where actor_id = $1',
      [String(id)],
    );
    expect(changeset).toMatchObject({ operation: 'updateCampaign', attributes: ['publicActions'] });
  });
});

describe('Campaign.actions', () => {
  interface Listed {
    fieldKeys: string[];
    list: { actionId: number; insertedAt: string; area: string | null; customFields: string; fields: object[] }[];
  }
  const read = async (given = 'actionType: "register"', id = campaign.id): Promise<Listed> =>
    (
      await gateway.get<{ campaign: { actions: Listed } }>(
        `{ campaign(id: ${id}) { actions(${given}) { fieldKeys list { actionId actionType insertedAt area customFields fields { key value } } } } }`,
      )
    ).campaign.actions;

  const addAction = async (
    row: { status?: number; testing?: boolean; fields?: object; type?: string; unlinked?: boolean; at?: string } = {},
  ): Promise<number> => {
    const {
      status = 3,
      testing = false,
      fields = {},
      type = 'register',
      unlinked = false,
      at = '2026-01-02T03:04:05.678Z',
    } = row;
    const { id } = await gateway.one<{ id: string }>(
      `with s as (insert into actions.supporters (campaign_id, action_page_id, fingerprint, area) values ($1, 1, gen_random_uuid()::text::bytea, 'PL') returning id)
       insert into actions.actions (supporter_id, action_type, campaign_id, action_page_id, processing_status, testing, fields, inserted_at)
       select case when $2 then null else s.id end, $3, $1, 1, $4, $5, $6, $7 from s returning id`,
      [campaign.id, unlinked, type, status, testing, fields, at],
    );
    return Number(id);
  };
  const publish = (...publicActions: string[]) =>
    gateway.get(
      'mutation ($id: Int!, $list: [String!]) { updateCampaign(id: $id, input: {publicActions: $list}) { id } }',
      { id: campaign.id, list: publicActions },
      org.token,
    );

  it('lists accepted and delivered actions of the type with a supporter, newest first', async () => {
    const ids = [await addAction(), await addAction({ status: 4 })];
    for (const status of [0, 1, 2, 5]) await addAction({ status });
    await addAction({ type: 'share' });
    await addAction({ unlinked: true });
    const { list, fieldKeys } = await read();
    expect(fieldKeys).toEqual([]);
    expect(list.map(({ actionId }) => actionId)).toEqual(ids.reverse());
    expect(list[0]).toEqual({
      ...{ actionId: ids[0], actionType: 'register', insertedAt: '2026-01-02T03:04:05', area: 'PL' },
      ...{ customFields: '{}', fields: [] },
    });
  });

  it('Fix: leaves out testing actions', async () => {
    await addAction({ testing: true });
    expect((await read()).list).toEqual([]);
  });

  it('shows the custom fields that are public for this type, and nothing else', async () => {
    await addAction({ fields: { comment: 'Yes!', phone: '+48', tags: ['a', 'b'], size: [1, 2] } });
    await publish('register:comment', 'register:tags', 'share:phone', 'register:missing');
    const { fieldKeys, list } = await read();
    expect(fieldKeys.sort()).toEqual(['comment', 'tags']);
    expect(JSON.parse(list[0]!.customFields)).toEqual({ comment: 'Yes!', tags: ['a', 'b'] });
    expect(list[0]!.fields.map((pair) => JSON.stringify(pair)).sort()).toEqual(
      [
        { key: 'comment', value: 'Yes!' },
        { key: 'tags', value: 'a' },
        { key: 'tags', value: 'b' },
      ].map((pair) => JSON.stringify(pair)),
    );
  });

  it('Fix: has at most 100, ten when not said otherwise, none for a negative limit', async () => {
    for (let i = 0; i < 12; i += 1) await addAction();
    await gateway.owner.query(
      `insert into actions.actions (supporter_id, action_type, campaign_id, action_page_id, processing_status)
       select supporter_id, 'register', campaign_id, 1, 3 from actions.actions, generate_series(1, 10) where campaign_id = $1`,
      [campaign.id],
    );
    const size = async (limit: string) => (await read(`actionType: "register"${limit}`)).list.length;
    expect(await size('')).toBe(10);
    expect(await size(', limit: 1')).toBe(1);
    expect(await size(', limit: 5000')).toBe(100);
    expect(await size(', limit: 0')).toBe(0);
    expect(await size(', limit: -1')).toBe(0);
  });

  it('reads any number of campaigns and types with one statement, by the index made for it', async () => {
    const statements = StatementCounter.start(gateway, /actions\.actions/);
    await addAction();
    const { campaigns } = await gateway.get<{ campaigns: { a: { list: object[] } }[] }>(
      '{ campaigns { a: actions(actionType: "register") { list { actionId } } b: actions(actionType: "share", limit: 3) { list { actionId } } } }',
    );
    expect(campaigns.length).toBeGreaterThan(3);
    expect(campaigns[0]?.a.list).toHaveLength(1);
    expect(statements.take()).toBe(1);
    statements.stop();
    await gateway.owner.query('set enable_seqscan = off');
    const { rows } = await gateway.owner.query<{ 'QUERY PLAN': string }>(
      `explain select a.id from actions.actions a where a.campaign_id = 1 and a.action_type = 'x'
          and a.processing_status in (3, 4) and not a.testing and a.supporter_id is not null order by a.id desc limit 10`,
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/actions_public/);
  });
});
