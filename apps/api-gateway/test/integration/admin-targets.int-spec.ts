import type { TestDatabase } from '@groundswell/testing';
import { Catalogue, Database } from '@groundswell/persistence';
import { CatalogueWriter } from '../../src/catalogue-writing/catalogue-writer';
import { RemoveTargetsTask } from '../../src/targets/remove-targets.task';
import { AdminGateway, unique, withDatabase } from './admin.fixture';
import { StatementCounter } from './statement-counter';

interface Target {
  id: string;
  name: string;
  externalId: string;
  locale: string | null;
  area: string | null;
  fields: string;
  emails: { email: string; emailStatus: string; error: string | null }[];
}

let database: TestDatabase;
let gateway: AdminGateway;
let org: { id: number; name: string; token: string; userId: number };
let campaign: { id: number; name: string };
let admin: string;

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  org = await gateway.addOrg();
  admin = (await gateway.addUser('root@example.org', 15)).token;
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});
beforeEach(async () => {
  campaign = await gateway.addCampaign(org);
});

const document = `mutation ($targets: [TargetInput!]!, $id: Int!, $outdated: OutdatedTargets) {
  upsertTargets(targets: $targets, campaignId: $id, outdatedTargets: $outdated) {
    id name externalId locale area fields emails { email emailStatus error } } }`;
const variables = (targets: object[], outdated?: string | null, id = campaign.id) => ({ targets, id, outdated });
const upsert = async (targets: object[], outdated?: string | null, id = campaign.id): Promise<Target[]> =>
  (await gateway.get<{ upsertTargets: Target[] }>(document, variables(targets, outdated, id), org.token)).upsertTargets;
const errors = (targets: object[], outdated?: string, id = campaign.id) =>
  gateway.errors(document, variables(targets, outdated, id), org.token);

const listed = async (token?: string): Promise<Target[]> =>
  (
    await gateway.get<{ campaign: { targets: Target[] } }>(
      `query ($id: Int) { campaign(id: $id) { targets { __typename id name externalId locale area fields
         ... on PrivateTarget { emails { email emailStatus error } } } } }`,
      { id: campaign.id },
      token,
    )
  ).campaign.targets;
const addressesOf = (target: Target | undefined) =>
  target?.emails.map(({ email, emailStatus }) => [email, emailStatus]);
const target = (name: string, ...emails: string[]) => ({
  externalId: `${campaign.name}_${name}`,
  name,
  emails: emails.map((email) => ({ email })),
});
const addMessage = async (targetId: string): Promise<void> => {
  await gateway.owner.query(
    `with page as (insert into catalog.action_pages (name, locale, org_id, campaign_id) values ($2, 'en', $3, $4) returning id),
          content as (insert into actions.message_contents default values returning id),
          action as (insert into actions.actions (action_type, campaign_id, action_page_id) select 'mail2target', $4, id from page returning id)
     insert into actions.messages (action_id, message_content_id, target_id) select action.id, content.id, $1 from action, content`,
    [targetId, `${unique('page')}/en`, org.id, campaign.id],
  );
};

describe('upsertTargets', () => {
  it('makes targets, answers them in order of their external id, and keeps the id when they are listed again', async () => {
    const made = await upsert([
      { externalId: 'b', name: 'Bo', locale: 'de_AT', area: 'AT', fields: { salutation: 'Dear', terms: [1, 2] } },
      { externalId: 'a', name: 'Ann', emails: [{ email: 'ann@example.org' }] },
      { externalId: 'B', name: 'Capital' },
    ]);
    expect(made.map(({ externalId }) => externalId)).toEqual(['B', 'a', 'b']);
    expect(made[1]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) as string,
      ...{ name: 'Ann', externalId: 'a', locale: null, area: null, fields: '{}' },
      emails: [{ email: 'ann@example.org', emailStatus: 'NONE', error: null }],
    });
    expect(made[2]).toMatchObject({ locale: 'de_AT', area: 'AT', fields: '{"terms":[1,2],"salutation":"Dear"}' });
    const [again] = await upsert([{ externalId: 'b', area: 'DE' }]);
    expect(again).toMatchObject({ ...made[2], area: 'DE' });
    const [cleared] = await upsert([{ externalId: 'b', area: '', locale: null, fields: null }]);
    expect(cleared).toMatchObject({ name: 'Bo', area: null, locale: null, fields: '{}' });
  });

  it('has the new targets in the catalogue at once, and raises no version when nothing changes', async () => {
    const catalogue = gateway.app.get(Catalogue);
    const [made] = await upsert([target('a', 'a@example.org')]);
    expect(catalogue.isTargetOf(campaign.id, made!.id)).toBe(true);
    const { version } = catalogue;
    await upsert([target('a', 'A@example.org ')]);
    await catalogue.refresh();
    expect(catalogue.version).toBe(version);
  });

  it('tells each broken rule at its place in the list', async () => {
    await upsert([{ externalId: 'known', name: 'Known' }]);
    const long = 'x'.repeat(256);
    expect(
      await errors([
        { externalId: 'known', locale: 'EN', emails: [{ email: 'a@example.org' }, { email: 'no' }, { email: ' ' }] },
        { externalId: '' },
        { externalId: 'new', fields: { deep: { a: 1 } } },
        { externalId: 'other', name: null, area: long },
        { externalId: 'big', name: 'Big', fields: { text: 'x'.repeat(5200) } },
      ]),
    ).toEqual([
      ['has invalid format', 'upsertTargets.targets.0.locale'],
      ['has invalid format', 'upsertTargets.targets.0.emails.1.email'],
      ["can't be blank", 'upsertTargets.targets.0.emails.2.email'],
      ["can't be blank", 'upsertTargets.targets.1.externalId'],
      ['must be a map of string to values of strings or numbers, or lists of them', 'upsertTargets.targets.2.fields'],
      ["can't be blank", 'upsertTargets.targets.3.name'],
      ['should be at most 255 character(s)', 'upsertTargets.targets.3.area'],
      ['is invalid', 'upsertTargets.targets.4.fields'],
      ["can't be blank", 'upsertTargets.targets.2.name'],
    ]);
    expect(await listed()).toHaveLength(1);
  });

  it('takes fields up to their limit, however the database writes them', async () => {
    const fields = Object.fromEntries(Array.from({ length: 450 }, (_, i) => [`k${i}`, i]));
    expect(JSON.stringify(fields).length).toBeLessThan(5120);
    const [made] = await upsert([{ ...target('a'), fields }]);
    expect(JSON.parse(made!.fields)).toEqual(fields);
  });

  it('Fix: an external id is looked for in this campaign only; one of another campaign is refused', async () => {
    const other = await gateway.addCampaign(org);
    const [theirs] = await upsert([{ externalId: 'one', name: 'Theirs' }], null, other.id);
    expect(
      await errors([
        { externalId: 'mine', name: 'Mine' },
        { externalId: 'one', name: 'Taken over' },
      ]),
    ).toEqual([['has already been taken', 'upsertTargets.targets.1.externalId']]);
    expect(await listed()).toEqual([]);
    expect((await upsert([{ externalId: 'one' }], null, other.id))[0]).toMatchObject({
      id: theirs!.id,
      name: 'Theirs',
    });
  });

  it('takes an external id that a deleted target or campaign had elsewhere', async () => {
    const [first, second] = [await gateway.addCampaign(org), await gateway.addCampaign(org)];
    await upsert([{ externalId: 'left', name: 'L' }], null, first.id);
    await upsert([], 'DELETE', first.id);
    await upsert([{ externalId: 'gone', name: 'G' }], null, second.id);
    await gateway.get(`mutation { deleteCampaign(id: ${second.id}) }`, {}, org.token);
    expect(
      await upsert([
        { externalId: 'left', name: 'L' },
        { externalId: 'gone', name: 'G' },
      ]),
    ).toHaveLength(2);
  });

  it('Fix: an id twice in one list is an error at the second', async () => {
    expect(await errors([target('a'), target('b'), target('a')])).toEqual([
      ['has already been taken', 'upsertTargets.targets.2.externalId'],
    ]);
    expect(await listed()).toEqual([]);
  });

  it('Fix: addresses are compared trimmed and in lower case, and those that stay keep their row', async () => {
    const [made] = await upsert([target('a', 'Ann@Example.org', 'bo@example.org')]);
    const rowOfAnn = () =>
      gateway.one("select id from catalog.target_emails where email = 'ann@example.org' and target_id = $1", [
        made!.id,
      ]);
    const before = await rowOfAnn();
    const [after] = await upsert([target('a', ' ANN@example.org ', 'ann@example.org', 'cy@example.org')]);
    expect(addressesOf(after)).toEqual([
      ['ann@example.org', 'NONE'],
      ['cy@example.org', 'NONE'],
    ]);
    expect(await rowOfAnn()).toEqual(before);
    expect(addressesOf((await upsert([{ externalId: after!.externalId }]))[0])).toHaveLength(2);
    expect(addressesOf((await upsert([target('a')]))[0])).toEqual([]);
  });

  it('Fix: the same address of two targets stays that of both', async () => {
    const made = await upsert([target('a', 'office@example.org'), target('b', 'office@example.org')]);
    expect(made.map(addressesOf)).toEqual([[['office@example.org', 'NONE']], [['office@example.org', 'NONE']]]);
  });

  it.each([['KEEP'], [null], [undefined]])('leaves what is missing alone with %s', async (outdated) => {
    await upsert([target('a', 'a@example.org'), target('b', 'b@example.org')]);
    await upsert([target('b', 'b@example.org')], outdated);
    expect((await listed(admin)).map(addressesOf)).toEqual([[['a@example.org', 'NONE']], [['b@example.org', 'NONE']]]);
  });

  it('disables the addresses of what is missing, and enables them when it is listed again, with or without addresses', async () => {
    const all = [target('a', 'a@example.org'), target('b', 'b@example.org'), target('c', 'c@example.org')];
    await upsert(all);
    await upsert([all[0]!], 'DISABLE');
    expect((await listed(admin)).map(addressesOf)).toEqual([
      [['a@example.org', 'NONE']],
      [['b@example.org', 'INACTIVE']],
      [['c@example.org', 'INACTIVE']],
    ]);
    const again = await upsert([all[1]!, { externalId: all[2]!.externalId }]);
    expect(again.map(addressesOf)).toEqual([[['b@example.org', 'NONE']], [['c@example.org', 'NONE']]]);
  });

  it('deletes what is missing: hidden everywhere at once, the row later', async () => {
    const [a, b] = await upsert([target('a', 'a@example.org'), target('b', 'b@example.org')]);
    await upsert([target('a')], 'DELETE');
    expect((await listed()).map(({ id }) => id)).toEqual([a!.id]);
    expect(gateway.app.get(Catalogue).isTargetOf(campaign.id, b!.id)).toBe(false);
    expect(
      await gateway.one('select deleted_at is not null as gone from catalog.targets where id = $1', [b!.id]),
    ).toEqual({
      gone: true,
    });
  });

  it('makes a deleted target anew when it is listed again, under its id', async () => {
    const [old] = await upsert([{ ...target('a', 'a@example.org'), area: 'AT' }]);
    await upsert([], 'DELETE');
    const { externalId } = old!;
    expect(await errors([{ externalId }])).toEqual([["can't be blank", 'upsertTargets.targets.0.name']]);
    const [made] = await upsert([{ externalId, name: 'Back' }]);
    expect(made).toMatchObject({ id: old!.id, name: 'Back', area: null, emails: [] });
    expect(gateway.app.get(Catalogue).isTargetOf(campaign.id, made!.id)).toBe(true);
  });

  it('deletes nothing and saves nothing when one of the missing has messages', async () => {
    const [used] = await upsert([target('used', 'a@example.org'), target('without')]);
    await addMessage(used!.id);
    expect(await errors([target('new')], 'DELETE')).toEqual([
      ['has messages', `upsertTargets.targets.${used!.id}.messages`],
    ]);
    expect((await listed()).map(({ name }) => name)).toEqual(['used', 'without']);
    await upsert([target('used'), target('new')], 'DELETE');
    expect((await listed()).map(({ name }) => name)).toEqual(['new', 'used']);
  });

  it('needs change_campaign_settings in the lead, and a campaign', async () => {
    const refusal = async (id: number, token?: string) =>
      (await gateway.ask(document, variables([], null, id), token)).errors?.[0];
    expect(await refusal(2_000_000_000, org.token)).toMatchObject({
      message: 'Entity not found',
      extensions: { code: 'not_found' },
    });
    const partner = await gateway.addOrg();
    expect((await refusal(campaign.id, partner.token))?.extensions).toMatchObject({
      code: 'permission_denied',
      required: ['change_campaign_settings'],
    });
    expect((await refusal(campaign.id))?.message).toBe('User is not a member of team responsible for resource');
  });

  it('leaves one audit entry without names and addresses', async () => {
    await upsert([target('a', 'secret@example.org')], 'DELETE');
    const { rows } = await gateway.owner.query<{ actor_id: string; changeset: object }>(
      `select actor_id, changeset from catalog.audit_log
        where resource = 'campaign' and resource_id = $1 and changeset->>'operation' = 'upsertTargets'`,
      [String(campaign.id)],
    );
    expect(rows).toEqual([
      {
        actor_id: String(org.userId),
        changeset: {
          operation: 'upsertTargets',
          ...{ orgId: org.id, outdatedTargets: 'DELETE', listed: 1, made: 1, disabled: 0, deleted: 0 },
        },
      },
    ]);
  });

  it('takes as many statements for 2 000 targets as for two', async () => {
    const list = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        ...target(`t${String(i).padStart(4, '0')}`, `t${i}@example.org`, `office${i}@example.org`),
        fields: { salutation: `Dear ${i}` },
      }));
    const statements = StatementCounter.start(gateway, /catalog\.target/);
    try {
      await upsert(list(2), 'DISABLE');
      const few = statements.take();
      const made = await upsert(list(2_000), 'DISABLE');
      expect(made).toHaveLength(2_000);
      expect(made[1_999]?.emails).toHaveLength(2);
      expect(statements.take()).toBe(few);
      expect(few).toBeLessThan(12);
      await upsert(list(1_000), 'DELETE');
      expect(statements.take()).toBeLessThanOrEqual(few);
    } finally {
      statements.stop();
    }
    expect(await listed()).toHaveLength(1_000);
  });
});

describe('targets of a campaign', () => {
  it('are public without addresses; instance owners see them, the lead does not', async () => {
    const [made] = await upsert([target('a', 'a@example.org')]);
    const seen = { __typename: 'PublicTarget', id: made!.id, name: 'a', externalId: made!.externalId };
    for (const token of [undefined, org.token]) {
      expect(await listed(token)).toEqual([{ ...seen, locale: null, area: null, fields: '{}' }]);
    }
    expect(await listed(admin)).toMatchObject([
      { __typename: 'PrivateTarget', emails: [{ email: 'a@example.org', emailStatus: 'NONE', error: null }] },
    ]);
  });

  it('of many campaigns are read with two statements', async () => {
    const second = await gateway.addCampaign(org);
    await upsert([target('a', 'a@example.org'), target('b', 'b@example.org')]);
    await upsert([{ externalId: unique('x'), name: 'X', emails: [{ email: 'x@example.org' }] }], null, second.id);
    const statements = StatementCounter.start(gateway, /catalog\.target/);
    try {
      const { campaigns } = await gateway.get<{ campaigns: { id: number; targets: Target[] }[] }>(
        '{ campaigns { id targets { ... on PrivateTarget { emails { email } } } } }',
        {},
        admin,
      );
      expect(statements.take()).toBe(2);
      expect(campaigns.find(({ id }) => id === campaign.id)?.targets).toHaveLength(2);
    } finally {
      statements.stop();
    }
  });
});

describe('the removal of deleted targets', () => {
  it('takes those that rested for a week and have no messages', async () => {
    const made = await upsert(['fresh', 'old', 'used'].map((name) => target(name, `${name}@example.org`)));
    await upsert([], 'DELETE');
    const [fresh, old, used] = made.map(({ id }) => id);
    await addMessage(used!);
    await gateway.owner.query(
      `update catalog.targets set deleted_at = now() - interval '8 days' where id in ($1, $2)`,
      [old, used],
    );
    const task = new RemoveTargetsTask(gateway.app.get(Database), gateway.app.get(CatalogueWriter), 1_000);
    await task.run();
    await task.run();
    const { rows } = await gateway.owner.query<{ id: string }>(
      'select id from catalog.targets where campaign_id = $1 order by external_id',
      [campaign.id],
    );
    expect(rows.map(({ id }) => id)).toEqual([fresh, used]);
  });
});
