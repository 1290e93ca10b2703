import { roleMask } from '@groundswell/domain';
import type { TestDatabase } from '@groundswell/testing';
import { AdminGateway, instanceName, unique, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway;
/** Another replica, whose catalogue is as old as its boot. */
let staleGateway: AdminGateway;

type Org = Awaited<ReturnType<AdminGateway['addOrg']>>;
type Named = { id: number; name: string };

let org: Org;
let partner: Org;
let campaign: Named;
let page: Named;

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});
beforeEach(async () => {
  [org, partner] = [await gateway.addOrg(), await gateway.addOrg()];
  campaign = await gateway.addCampaign(org, { externalId: Math.floor(Math.random() * 1e9) });
  page = await gateway.addPage(org, campaign);
});

const deletePage = 'mutation ($id: Int, $name: String) { deleteActionPage(id: $id, name: $name) }';
const deleteCampaign = `mutation ($id: Int, $name: String, $externalId: Int) {
  deleteCampaign(id: $id, name: $name, externalId: $externalId) }`;
const deleteOrg = 'mutation ($name: String!) { deleteOrg(name: $name) }';

async function act(on: Named, testing: boolean): Promise<void> {
  await gateway.owner.query(
    `insert into actions.actions (action_type, campaign_id, action_page_id, testing)
     select 'petition', campaign_id, id, $2 from catalog.action_pages where id = $1`,
    [on.id, testing],
  );
}

/** Which of these rows are marked, and that marking was one catalogue version. */
async function marked(): Promise<string[]> {
  const { rows } = await gateway.owner.query<{ name: string }>(
    `select name from (select name, deleted_at from catalog.orgs union all select name, deleted_at from catalog.campaigns
                       union all select name, deleted_at from catalog.action_pages) all_rows
      where deleted_at is not null and name = any($1) order by name`,
    [[org.name, partner.name, campaign.name, page.name]],
  );
  return rows.map(({ name }) => name).sort();
}

const audited = async (operation: string, on: Named) =>
  (
    await gateway.owner.query<{ resource: string; actor_id: string }>(
      'select resource, actor_id from catalog.audit_log where changeset @> $1 and resource_id = $2',
      [{ operation, orgId: org.id }, String(on.id)],
    )
  ).rows;

const notFound = [['Entity not found', expect.any(String)]];

describe('deleteActionPage', () => {
  it.each(['id', 'name'] as const)('is gone at once, by %s', async (by) => {
    await act(page, true);
    const answer = await gateway.get(deletePage, { [by]: page[by] }, org.token);
    expect(answer).toEqual({ deleteActionPage: 'SUCCESS' });
    expect(await marked()).toEqual([page.name]);
    expect(await gateway.errors(`{ actionPage(id: ${page.id}) { id } }`)).toEqual(notFound);
    expect(await gateway.errors('query ($n: String) { actionPage(name: $n) { id } }', { n: page.name })).toEqual(
      notFound,
    );
    const lists = `{ org(name: "${org.name}") { actionPages { id } campaigns { ... on PrivateCampaign { actionPages { id } } } } }`;
    expect(await gateway.get(lists, {}, org.token)).toEqual({
      org: { actionPages: [], campaigns: [{ actionPages: [] }] },
    });
    expect(await gateway.errors(deletePage, { id: page.id }, org.token)).toEqual(notFound);
    expect(await audited('deleteActionPage', page)).toEqual([{ resource: 'action_page', actor_id: `${org.userId}` }]);
  });

  it('is refused while there are real actions', async () => {
    await act(page, false);
    expect(await gateway.errors(deletePage, { id: page.id }, org.token)).toEqual([
      ['has action data', 'deleteActionPage.actions'],
    ]);
    expect(await marked()).toEqual([]);
  });

  it('keeps its name', async () => {
    await gateway.get(deletePage, { id: page.id }, org.token);
    const again = `mutation { addActionPage(orgName: "${org.name}", campaignName: "${campaign.name}",
                                            input: { name: "${page.name}", locale: "en" }) { id } }`;
    expect(await gateway.errors(again, {}, org.token)).toEqual([['has already been taken', 'addActionPage.name']]);
  });

  it('is for those who manage pages of its org', async () => {
    for (const token of [undefined, partner.token]) {
      const { errors } = await gateway.ask(deletePage, { id: page.id }, token);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'permission_denied' });
    }
    const { errors } = await gateway.ask(deletePage, {}, org.token);
    expect(errors?.[0]?.extensions).toEqual({ code: 'bad_arg' });
  });
});

describe('deleteCampaign', () => {
  it.each(['id', 'name', 'externalId'] as const)('takes the own pages with it, by %s', async (by) => {
    await act(page, true);
    const row = await gateway.one<{ external_id: number }>('select external_id from catalog.campaigns where id = $1', [
      campaign.id,
    ]);
    const all = { ...campaign, externalId: row.external_id };
    expect(await gateway.get(deleteCampaign, { [by]: all[by] }, org.token)).toEqual({ deleteCampaign: 'SUCCESS' });
    expect(await marked()).toEqual([campaign.name, page.name].sort());
    expect(await gateway.errors(`{ campaign(id: ${campaign.id}) { id } }`)).toEqual(notFound);
    expect(await gateway.errors(`{ actionPage(id: ${page.id}) { id } }`)).toEqual(notFound);
    expect(await gateway.get(`{ campaigns(name: "${campaign.name}") { id } }`)).toEqual({ campaigns: [] });
    expect(await gateway.errors(deleteCampaign, { [by]: all[by] }, org.token)).toEqual(notFound);
    expect(await audited('deleteCampaign', campaign)).toHaveLength(1);
    expect(await audited('deleteCampaign', page)).toHaveLength(1);
  });

  it('leaves everything when a partner has a page, and when an own page has actions', async () => {
    const theirs = await gateway.addPage(partner, campaign);
    expect(await gateway.errors(deleteCampaign, { id: campaign.id }, org.token)).toEqual([
      ['has action pages', 'deleteCampaign.actionPages'],
    ]);
    await act(page, false);
    expect(await gateway.errors(deleteCampaign, { id: campaign.id }, org.token)).toEqual([
      ['has action data', 'deleteCampaign.actions'],
    ]);
    expect(await marked()).toEqual([]);
    await gateway.owner.query('delete from actions.actions where action_page_id = $1', [page.id]);
    await gateway.get(deletePage, { id: theirs.id }, partner.token);
    expect(await gateway.get(deleteCampaign, { id: campaign.id }, org.token)).toEqual({ deleteCampaign: 'SUCCESS' });
  });

  it('Fix: an ambiguous external id is bad_arg, nobody guesses whose is meant', async () => {
    const externalId = Math.floor(Math.random() * 1e9);
    const [mine] = [await gateway.addCampaign(org, { externalId }), await gateway.addCampaign(partner, { externalId })];
    const { errors } = await gateway.ask(deleteCampaign, { externalId }, org.token);
    expect(errors?.[0]?.extensions).toEqual({ code: 'bad_arg' });
    const both = await gateway.ask(deleteCampaign, { id: mine?.id, externalId }, org.token);
    expect(both.errors?.[0]?.message).toBe('Provide exactly one identifier argument');
  });

  it('is for those who manage campaigns of the lead', async () => {
    const { token, id } = await gateway.addUser(`${unique('translator')}@example.org`);
    await gateway.addStaffer(id, org.id, roleMask.translator);
    for (const other of [undefined, partner.token, token]) {
      const { errors } = await gateway.ask(deleteCampaign, { id: campaign.id }, other);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'permission_denied' });
    }
  });
});

describe('deleteOrg', () => {
  it('Fix: all or nothing, blocked by partner pages; takes campaigns and pages with it, also its pages at others', async () => {
    const theirs = await gateway.addCampaign(partner);
    const guest = await gateway.addPage(org, theirs);
    const shared = await gateway.addPage(partner, campaign);
    const refused = [['has action pages', 'deleteOrg.actionPages']];
    expect(await gateway.errors(deleteOrg, { name: org.name }, org.token)).toEqual(refused);
    await gateway.get(deletePage, { id: shared.id }, partner.token);
    await act(guest, false);
    expect(await gateway.errors(deleteOrg, { name: org.name }, org.token)).toEqual(refused);
    expect(await marked()).toEqual([]);
    await gateway.owner.query('update actions.actions set testing = true where action_page_id = $1', [guest.id]);
    expect(await gateway.get(deleteOrg, { name: org.name.toUpperCase() }, org.token)).toEqual({ deleteOrg: 'SUCCESS' });
    expect(await marked()).toEqual([campaign.name, org.name, page.name].sort());
    for (const query of [`actionPage(id: ${guest.id}) { id }`, `org(name: "${org.name}") { id }`]) {
      expect(await gateway.errors(`{ ${query} }`, {}, org.token)).toEqual(notFound);
    }
    expect(await gateway.get('{ currentUser { roles { org { name } } } }', {}, org.token)).toEqual({
      currentUser: { roles: [] },
    });
    expect(await gateway.get(`{ campaign(id: ${theirs.id}) { name } }`)).toEqual({ campaign: { name: theirs.name } });
    for (const row of [org, campaign, page, guest]) expect(await audited('deleteOrg', row)).not.toEqual([]);
  });

  it('is for owners, and never for the instance org', async () => {
    const campaigner = await gateway.addUser(`${unique('campaigner')}@example.org`);
    await gateway.addStaffer(campaigner.id, org.id, roleMask.campaigner);
    const { errors } = await gateway.ask(deleteOrg, { name: org.name }, campaigner.token);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'permission_denied', required: ['org_owner'] });
    const admin = await gateway.addUser(`${unique('admin')}@example.org`, 15);
    const instance = await gateway.ask(deleteOrg, { name: instanceName }, admin.token);
    expect(instance.errors?.[0]?.extensions).toEqual({ code: 'bad_arg' });
    expect(await gateway.get(deleteOrg, { name: org.name }, admin.token)).toEqual({ deleteOrg: 'SUCCESS' });
  });
});

describe('a replica that has not heard of the deletion yet', () => {
  beforeEach(async () => (staleGateway = await AdminGateway.start(database)));
  afterEach(() => staleGateway.close());

  it('adds nothing to what is gone', async () => {
    const variables = { orgName: org.name, campaignName: campaign.name };
    await gateway.get(deleteCampaign, { id: campaign.id }, org.token);
    const addPage = `mutation ($orgName: String!, $campaignName: String!) {
      addActionPage(orgName: $orgName, campaignName: $campaignName, input: { name: "late/page", locale: "en" }) { id } }`;
    expect(await staleGateway.errors(addPage, variables, org.token)).toEqual(notFound);
    expect(await staleGateway.errors(addPage, { ...variables, orgName: partner.name }, partner.token)).toEqual(
      notFound,
    );
    expect(await staleGateway.errors(deleteCampaign, { id: campaign.id }, org.token)).toEqual(notFound);
    await gateway.get(deleteOrg, { name: org.name }, org.token);
    const input = `{ name: "${unique('late')}", title: "Late" }`;
    for (const mutation of ['addCampaign', 'upsertCampaign']) {
      const late = `mutation { ${mutation}(orgName: "${org.name}", input: ${input}) { id } }`;
      expect(await staleGateway.errors(late, {}, org.token)).toEqual(notFound);
    }
  });
});

it('either adds the partner page or deletes the campaign, whichever came first', async () => {
  for (let round = 0; round < 10; round += 1) {
    const contested = await gateway.addCampaign(org);
    const [added, deleted] = await Promise.all([
      gateway.addPage(partner, contested).then(
        () => true,
        () => false,
      ),
      gateway.ask(deleteCampaign, { id: contested.id }, org.token).then(({ errors }) => !errors),
    ]);
    expect(added).toBe(!deleted);
  }
});
