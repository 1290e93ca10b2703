import { exchanges, topologyVersion } from '@groundswell/contracts';
import { Catalogue, Database, orgRouting, OutboxRelay } from '@groundswell/persistence';
import { waitFor, type TestDatabase } from '@groundswell/testing';
import { InputError } from '../../src/api/api-error';
import { CatalogueLookup } from '../../src/catalogue-writing/catalogue-lookup';
import { CatalogueRefresher } from '../../src/catalogue-writing/catalogue-refresher';
import { CatalogueWriter } from '../../src/catalogue-writing/catalogue-writer';
import { TopologyGate } from '@groundswell/persistence';
import { AdminGateway, unique, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway;
let org: { id: number; name: string; token: string; userId: number };

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  org = await gateway.addOrg();
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

const upsert = `mutation ($org: String!, $name: String!) { upsertCampaign(orgName: $org, input: {name: $name, title: "T"}) { id } }`;
const confirmTopology = async () => {
  const catalogue = gateway.app.get(Catalogue);
  const version = topologyVersion(orgRouting(catalogue, catalogue.orgs.get(org.id)!, false));
  await gateway.owner.query(
    `insert into topology.queue_sets (scope, version, state) values ($1, $2, 'confirmed'), ('system', '1', 'confirmed')
     on conflict (scope) do update set version = excluded.version`,
    [`org:${org.id}`, version],
  );
  await gateway.app.get(TopologyGate).refresh();
  gateway.app.get(OutboxRelay).wake();
};
const eventsOf = (name: string) =>
  gateway.published.filter(
    ({ exchange, body, headers }) => exchange === exchanges.event && 'org_id' in headers && body.includes(name),
  );

describe('a catalogue change', () => {
  it('is told to other processes with its version and rows', async () => {
    gateway.published.length = 0;
    const { id } = await gateway.addCampaign(org);
    const [notice] = gateway.published.filter(({ routingKey }) => routingKey === 'system.catalogue.changed');
    expect(notice).toMatchObject({ exchange: 'event', mandatory: false });
    expect(JSON.parse(notice!.body)).toEqual({
      schema: 'groundswell:catalogue:1',
      version: gateway.app.get(Catalogue).version,
      changes: [{ table: 'campaigns', id: String(id) }],
    });
  });

  it('leaves an audit entry with names of attributes and no values', async () => {
    await gateway.get(
      `mutation { upsertService(orgName: "${org.name}", input: {name: SMTP, user: "someone", password: "hunter2"}) { id } }`,
      {},
      org.token,
    );
    const entry = await gateway.one<{ actor_id: string; resource: string; changeset: object }>(
      'select * from catalog.audit_log order by inserted_at desc limit 1',
    );
    expect(entry).toMatchObject({ actor_id: String(org.userId), resource: 'service' });
    expect(entry.changeset).toEqual({
      operation: 'upsertService',
      orgId: org.id,
      name: 'smtp',
      attributes: ['name', 'password', 'user'],
    });
  });

  it('that fails leaves nothing: no row, no event, no audit entry', async () => {
    const before = await gateway.one(
      'select (select count(*) from catalog.outbox) o, (select count(*) from catalog.audit_log) a',
    );
    await expect(
      gateway.app.get(CatalogueWriter).write(null, async (manager, effects) => {
        effects.event(org.id, 'system.campaign_updated', { schema: 'proca:event:2', eventType: 'campaign_updated' });
        effects.audit('org', org.id, {});
        await manager.query(`update catalog.orgs set title = 'no' where id = $1`, [org.id]);
        throw InputError.at(['title'], 'is invalid');
      }),
    ).rejects.toThrow(InputError);
    expect(await gateway.one('select title from catalog.orgs where id = $1', [org.id])).toEqual({ title: 'An org' });
    expect(
      await gateway.one('select (select count(*) from catalog.outbox) o, (select count(*) from catalog.audit_log) a'),
    ).toEqual(before);
  });

  it('waits for the one before, so two that exclude each other never both succeed', async () => {
    const able = await gateway.addOrg();
    await gateway.get(
      `mutation ($name: String!) { updateOrgProcessing(name: $name, customSupporterConfirm: true, supporterConfirm: true) { id } }`,
      { name: able.name },
      able.token,
    );
    const own = await gateway.addCampaign(able, { supporterConfirm: false });
    await gateway.addPage(able, own);
    for (let round = 0; round < 5; round += 1) {
      const [confirm, switchOff] = await Promise.all([
        gateway.ask(
          `mutation { updateCampaign(id: ${own.id}, input: {supporterConfirm: true}) { id } }`,
          {},
          able.token,
        ),
        gateway.ask(
          `mutation { updateOrgProcessing(name: "${able.name}", supporterConfirm: false, customSupporterConfirm: false) { id } }`,
          {},
          able.token,
        ),
      ]);
      expect([confirm.errors, switchOff.errors].filter((errors) => errors === undefined)).toHaveLength(1);
      await gateway.get(
        `mutation { a: updateOrgProcessing(name: "${able.name}", customSupporterConfirm: true) { id }
           b: updateCampaign(id: ${own.id}, input: {supporterConfirm: false}) { id } }`,
        {},
        able.token,
      );
    }
  });
});

describe('events for an org', () => {
  it('wait until topology-service has confirmed its queues, then go out under the same id', async () => {
    const name = unique('c');
    await gateway.get(upsert, { org: org.name, name }, org.token);
    await waitFor(async () => {
      const row = await gateway.one<{ claimed_until: Date | null }>(
        `select claimed_until from catalog.outbox where body like '%${name}%'`,
      );
      return row.claimed_until === null;
    });
    expect(eventsOf(name)).toEqual([]);
    const { message_id: messageId } = await gateway.one<{ message_id: string }>(
      `select message_id from catalog.outbox where body like '%${name}%'`,
    );
    await confirmTopology();
    await waitFor(() => eventsOf(name).length === 1);
    // Nobody of the org reads events: good for the platform's own audit queue only.
    expect(eventsOf(name)[0]).toMatchObject({ messageId, mandatory: false });
    await waitFor(
      async () =>
        (await gateway.owner.query('select 1 from catalog.outbox_sent where message_id = $1', [messageId])).rowCount ===
        1,
    );
  });

  it('wait again when the org changes what it needs, and must then be taken by a queue', async () => {
    await gateway.get(
      `mutation { updateOrgProcessing(name: "${org.name}", customEventDeliver: true) { id } }`,
      {},
      org.token,
    );
    const gate = gateway.app.get(TopologyGate);
    expect(gate.lane(org.id)).toBe('closed');
    const name = unique('c');
    await gateway.get(upsert, { org: org.name, name }, org.token);
    await confirmTopology();
    expect(gate.lane(org.id)).toBe('open');
    await waitFor(() => eventsOf(name).length === 1);
    expect(eventsOf(name)[0]).toMatchObject({
      mandatory: true,
      routingKey: `${org.name}.system.campaign_updated`,
      headers: { org_id: org.id, event_type: 'campaign_updated' },
    });
  });

  it('wait for an org this replica does not know yet', () => {
    const gate = gateway.app.get(TopologyGate);
    expect(gate.lane(0)).toBe('open');
    expect(gate.lane(99_999_999)).toBe('closed');
    const message = {
      messageId: 'm',
      lane: 99_999_999,
      exchange: 'event',
      routingKey: 'k',
      type: null,
      headers: {},
      body: '',
    };
    expect(gate.reader(message)).toBe('expected');
    expect(gate.reader({ ...message, lane: 0, exchange: 'ingest' })).toBe('expected');
  });
});

describe('another replica', () => {
  it('finds by a look-up what it has not heard of, and hears the rest with its next comparison', async () => {
    const other = await AdminGateway.start(database);
    try {
      const campaign = await gateway.addCampaign(org);
      const page = await gateway.addPage(org, campaign);
      expect(await other.get(`{ actionPage(name: "${page.name}") { id } }`)).toEqual({ actionPage: { id: page.id } });
      await gateway.get(`mutation { updateActionPage(id: ${page.id}, input: {locale: "pl"}) { id } }`, {}, org.token);
      expect(await other.get(`{ actionPage(id: ${page.id}) { locale } }`)).toEqual({ actionPage: { locale: 'en' } });
      await other.app.get(CatalogueRefresher).refresh('system.catalogue.changed');
      expect(await other.get(`{ actionPage(id: ${page.id}) { locale } }`)).toEqual({ actionPage: { locale: 'pl' } });
    } finally {
      await other.close();
    }
  });

  it('asks the database once for what does not exist', async () => {
    const lookup = gateway.app.get(CatalogueLookup);
    const catalogue = gateway.app.get(Catalogue);
    const refresh = jest.spyOn(catalogue, 'refresh');
    const asked = `${unique('no')}/page`;
    for (let time = 0; time < 3; time += 1) expect(await lookup.findPage(asked)).toBeNull();
    expect(refresh).toHaveBeenCalledTimes(1);
    refresh.mockRestore();
  });
});

describe('the widget', () => {
  it('starts without a single statement but the one for its counters', async () => {
    const campaign = await gateway.addCampaign(org);
    const page = await gateway.addPage(org, campaign);
    // Its own looks at the outbox would be counted too.
    await gateway.app.get(OutboxRelay).stop();
    // As stats-service leaves it: until then the gateway counts by itself.
    await gateway.owner.query('update stats.state set counted_at = now()');
    const db = gateway.app.get(Database);
    const [query, run] = [jest.spyOn(db, 'query'), jest.spyOn(db, 'run')];
    await gateway.get(
      `{ actionPage(id: ${page.id}) { id config journey campaign { title org { name } } org { title } } }`,
    );
    expect(query).not.toHaveBeenCalled();
    await gateway.get(
      `{ actionPage(id: ${page.id}) { stats { supporterCount } campaign { stats { supporterCount } } } }`,
    );
    expect(query).toHaveBeenCalledTimes(1);
    expect(run).not.toHaveBeenCalled();
    query.mockRestore();
    run.mockRestore();
  });
});
