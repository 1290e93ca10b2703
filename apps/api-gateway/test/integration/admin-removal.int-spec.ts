import { exchanges, ingestKey, ingestQueue, partitionCount, passMarkV1, type PassMarkV1 } from '@groundswell/contracts';
import { Database, OutboxRepository } from '@groundswell/persistence';
import { waitFor, type TestDatabase } from '@groundswell/testing';
import { CatalogueWriter } from '../../src/catalogue-writing/catalogue-writer';
import { RemovalPasses } from '../../src/deletion/removal-passes';
import { RemoveEmptiedTask } from '../../src/deletion/remove-emptied.task';
import { AdminGateway, withDatabase } from './admin.fixture';
import { GatewayFleet } from './gateway.fixture';

let database: TestDatabase;
let gateway: AdminGateway;
let task: RemoveEmptiedTask;

type Named = { id: number; name: string };
let org: Awaited<ReturnType<AdminGateway['addOrg']>>;
let campaign: Named;
let page: Named;

const quiet = { info: () => undefined };
const taskWith = (markRestMs: number, marginMs: number): RemoveEmptiedTask => {
  const db = gateway.app.get(Database);
  const passes = new RemovalPasses(db, gateway.app.get(OutboxRepository), { markRestMs, marginMs });
  return new RemoveEmptiedTask(db, passes, gateway.app.get(CatalogueWriter), quiet, 1_000);
};

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  task = taskWith(0, 0);
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});
beforeEach(async () => {
  for (const table of ['catalog.removal_passes', 'catalog.outbox', 'actions.passed_marks', 'actions.emptied']) {
    await gateway.owner.query(`delete from ${table}`);
  }
  org = await gateway.addOrg();
  campaign = await gateway.addCampaign(org, { externalId: Math.floor(Math.random() * 1e9) });
  page = await gateway.addPage(org, campaign);
  // Tests before left marks of their own.
  await gateway.owner.query(`update catalog.action_pages set deleted_at = null`);
  await gateway.owner.query(`update catalog.campaigns set deleted_at = null`);
  await gateway.owner.query(`update catalog.orgs set deleted_at = null`);
});

const deletePage = () => gateway.get(`mutation { deleteActionPage(id: ${page.id}) }`, {}, org.token);
const deleteCampaign = () => gateway.get(`mutation { deleteCampaign(id: ${campaign.id}) }`, {}, org.token);
const deleteOrg = () => gateway.get(`mutation { deleteOrg(name: "${org.name}") }`, {}, org.token);

/** Commands in the outbox, which leave it as if published. */
async function publish(): Promise<PassMarkV1[]> {
  const { rows } = await gateway.owner.query<{ body: string; routing_key: string }>(
    'delete from catalog.outbox where lane = 0 and exchange = $1 returning body, routing_key',
    [exchanges.ingest],
  );
  return rows.map(({ body, routing_key: key }) => {
    const command = passMarkV1.parse(JSON.parse(body));
    expect(key).toBe(ingestKey(command.partition));
    return command;
  });
}

/** As action-ingest stores them. */
async function store(commands: PassMarkV1[]): Promise<void> {
  for (const { passId, partition } of commands) {
    await gateway.owner.query('insert into actions.passed_marks (pass_id, partition) values ($1, $2)', [
      passId,
      partition,
    ]);
  }
  // Times are kept in whole milliseconds, which may round up.
  await new Promise((resolve) => setTimeout(resolve, 2));
}

const passes = async (): Promise<{ follows: boolean; ended: boolean }[]> =>
  (
    await gateway.owner.query(
      `select follows is not null as follows, ended_at is not null as ended from catalog.removal_passes order by id`,
    )
  ).rows;

async function passTwice(): Promise<void> {
  for (const _pass of ['first', 'second']) {
    await task.run();
    await store(await publish());
  }
  await task.run();
}

const empty = (kind: 'page' | 'campaign' | 'org', id: number) =>
  gateway.owner.query('insert into actions.emptied (kind, row_id) values ($1, $2) on conflict do nothing', [kind, id]);
const emptyAll = async () => {
  await empty('page', page.id);
  await empty('campaign', campaign.id);
  await empty('org', org.id);
};

const rowsLeft = async (): Promise<string[]> =>
  (
    await gateway.owner.query<{ kind: string }>(
      `select 'page' as kind from catalog.action_pages where id = $1 union all
       select 'campaign' from catalog.campaigns where id = $2 union all select 'org' from catalog.orgs where id = $3`,
      [page.id, campaign.id, org.id],
    )
  ).rows.map(({ kind }) => kind);

const act = (testing: boolean) =>
  gateway.owner.query(
    `insert into actions.actions (action_type, campaign_id, action_page_id, testing) values ('sign', $1, $2, $3)`,
    [campaign.id, page.id, testing],
  );

describe('a pass', () => {
  it('sends one command through each partition, and another one behind it', async () => {
    await deletePage();
    await task.run();
    const first = await publish();
    expect(first.map(({ partition }) => partition).sort((a, b) => a - b)).toEqual([...Array(partitionCount).keys()]);
    expect(new Set(first.map(({ passId }) => passId)).size).toBe(1);
    await task.run();
    expect(await publish()).toEqual([]);
    await store(first);
    await task.run();
    expect(await passes()).toEqual([
      { follows: false, ended: true },
      { follows: true, ended: false },
    ]);
    await store(await publish());
    await task.run();
    await task.run();
    expect(await passes()).toEqual([
      { follows: false, ended: true },
      { follows: true, ended: true },
    ]);
    expect(await publish()).toEqual([]);
  });

  it('waits until the mark has rested, and is not made for nothing', async () => {
    await task.run();
    await deletePage();
    await taskWith(60_000, 0).run();
    expect([await passes(), await publish()]).toEqual([[], []]);
  });

  it('waits while the spool holds anything, first and second', async () => {
    const spool = `insert into catalog.outbox (message_id, lane, exchange, routing_key, body, created_at)
                   values ($1, 0, 'ingest', '3', '{}', now() - interval '1 hour')`;
    const drain = `delete from catalog.outbox where message_id like 'spooled%'`;
    await deletePage();
    await gateway.owner.query(spool, ['spooled1']);
    await task.run();
    expect(await passes()).toEqual([]);
    await gateway.owner.query(drain);
    await task.run();
    await store(await publish());
    await gateway.owner.query(spool, ['spooled2']);
    await task.run();
    expect(await passes()).toEqual([{ follows: false, ended: false }]);
    await gateway.owner.query(drain);
    await task.run();
    expect(await passes()).toHaveLength(2);
  });

  it('waits for every partition, and then for the margin', async () => {
    await deletePage();
    await task.run();
    const commands = await publish();
    await store(commands.slice(1));
    await task.run();
    expect(await passes()).toEqual([{ follows: false, ended: false }]);
    await store(commands.slice(0, 1));
    await taskWith(0, 60_000).run();
    expect(await passes()).toEqual([{ follows: false, ended: false }]);
    await gateway.owner.query(`update actions.passed_marks set passed_at = passed_at - interval '61 s'`);
    await taskWith(0, 60_000).run();
    expect(await passes()).toHaveLength(2);
  });

  it('begins anew when a command never arrives', async () => {
    await deletePage();
    await task.run();
    const lost = await publish();
    await gateway.owner.query(`update catalog.removal_passes set begun_at = now() - interval '7 hours'`);
    await task.run();
    expect(await passes()).toEqual([{ follows: false, ended: false }]);
    const again = await publish();
    expect(again).toHaveLength(partitionCount);
    expect(again[0]?.passId).not.toBe(lost[0]?.passId);
  });

  it('is begun once by replicas that run side by side', async () => {
    await deletePage();
    await Promise.all([task.run(), taskWith(0, 0).run(), taskWith(0, 0).run()]);
    expect(await publish()).toHaveLength(partitionCount);
  });

  it('is made again for what is marked later', async () => {
    await deletePage();
    await passTwice();
    await deleteCampaign();
    await task.run();
    expect(await passes()).toHaveLength(3);
  });
});

describe('removing rows', () => {
  it('takes a page that is empty, whose name is free then; again there is nothing to do', async () => {
    await deletePage();
    await passTwice();
    expect(await rowsLeft()).toContain('page');
    await empty('page', page.id);
    const { version } = await gateway.one<{ version: string }>('select version from catalog.catalogue_version');
    await task.run();
    expect(await rowsLeft()).toEqual(['campaign', 'org']);
    const after = await gateway.one<{ version: string }>('select version from catalog.catalogue_version');
    expect(Number(after.version)).toBe(Number(version) + 1);
    expect(
      await gateway.one(
        `select actor_id, changeset from catalog.audit_log
          where resource = 'action_page' and resource_id = $1 and changeset->>'operation' = 'removeMarked'`,
        [String(page.id)],
      ),
    ).toEqual({ actor_id: 'system', changeset: { operation: 'removeMarked', orgId: org.id } });
    expect((await gateway.addPage(org, campaign, { name: page.name })).name).toBe(page.name);
    await Promise.all([task.run(), task.run()]);
    const still = await gateway.one<{ version: string }>('select version from catalog.catalogue_version');
    expect(Number(still.version)).toBe(Number(after.version) + 1);
  });

  it.each([true, false])(
    'leaves a page, its campaign and org while there is an action (testing: %s)',
    async (testing) => {
      await deleteOrg();
      await act(testing);
      await passTwice();
      await emptyAll();
      await task.run();
      expect(await rowsLeft()).toEqual(['page', 'campaign', 'org']);
    },
  );

  it('leaves what is not marked, whatever is noted', async () => {
    await emptyAll();
    await task.run();
    expect(await rowsLeft()).toEqual(['page', 'campaign', 'org']);
  });

  it('takes a campaign with its targets; its name and external id are free then', async () => {
    const { external_id: externalId } = await gateway.one<{ external_id: number }>(
      'select external_id from catalog.campaigns where id = $1',
      [campaign.id],
    );
    const targetId = '019aa1c0-5f00-7000-8000-0000000000bb';
    await gateway.owner.query(
      `insert into catalog.targets (id, external_id, name, campaign_id) values ($1, 't', 'Minister', $2)`,
      [targetId, campaign.id],
    );
    await gateway.owner.query(`insert into catalog.target_emails (target_id, email) values ($1, 'm@example.org')`, [
      targetId,
    ]);
    await deleteCampaign();
    await passTwice();
    await empty('campaign', campaign.id);
    await task.run();
    expect(await rowsLeft()).toEqual(['page', 'campaign', 'org']);
    await empty('page', page.id);
    await task.run();
    expect(await rowsLeft()).toEqual(['org']);
    expect((await gateway.owner.query('select from catalog.targets where id = $1', [targetId])).rows).toEqual([]);
    expect((await gateway.addCampaign(org, { name: campaign.name, externalId })).name).toBe(campaign.name);
  });

  it('takes a whole org with what is its own; users and the audit stay', async () => {
    const own = ['services', 'email_templates', 'public_keys', 'staffers'];
    await gateway.owner.query(`insert into catalog.services (org_id, name) values ($1, 'ses')`, [org.id]);
    await gateway.owner.query(`insert into catalog.email_templates (org_id, name, locale) values ($1, 't', 'en')`, [
      org.id,
    ]);
    await gateway.owner.query(
      `insert into catalog.public_keys (org_id, name, public) values ($1, 'spare', decode(repeat('ab', 32), 'hex'))`,
      [org.id],
    );
    await gateway.owner.query(
      `update catalog.orgs set email_backend_id = (select id from catalog.services where org_id = $1) where id = $1`,
      [org.id],
    );
    const audits = 'select count(*)::int as n from catalog.audit_log';
    await deleteOrg();
    const before = await gateway.one<{ n: number }>(audits);
    await passTwice();
    await emptyAll();
    await task.run();
    expect(await rowsLeft()).toEqual([]);
    for (const table of own) {
      expect((await gateway.owner.query(`select from catalog.${table} where org_id = $1`, [org.id])).rows).toEqual([]);
    }
    expect((await gateway.one<{ n: number }>(audits)).n).toBe(before.n + 3);
    expect((await gateway.owner.query('select from catalog.users where id = $1', [org.userId])).rows).toHaveLength(1);
    expect((await gateway.addOrg({ name: org.name })).name).toBe(org.name);
  });

  it('leaves an org and its keys while a contact is its own, or a message waits for it', async () => {
    const partner = await gateway.addOrg();
    const supporter = await gateway.one<{ id: number }>(
      `insert into actions.supporters (campaign_id, action_page_id, fingerprint) values (1, 1, 'x') returning id`,
    );
    const contact = await gateway.one<{ id: number }>(
      `insert into actions.contacts (supporter_id, org_id, payload) values ($1, $2, 'x') returning id`,
      [supporter.id, org.id],
    );
    await deleteOrg();
    await passTwice();
    await emptyAll();
    await task.run();
    expect(await rowsLeft()).toEqual(['org']);
    await gateway.owner.query('update actions.contacts set org_id = $2 where id = $1', [contact.id, partner.id]);
    await gateway.owner.query(
      `insert into catalog.outbox (message_id, lane, exchange, routing_key, body) values ('m', $1, 'event', 'x', '{}')`,
      [org.id],
    );
    await task.run();
    expect(await rowsLeft()).toEqual(['org']);
    await gateway.owner.query(`delete from catalog.outbox where message_id = 'm'`);
    await task.run();
    expect(await rowsLeft()).toEqual([]);
  });
});

it('is a job of the service: its commands come through the broker, once for two replicas', async () => {
  const fleet = await GatewayFleet.create();
  try {
    const { pageId } = await fleet.insertPage();
    const environment = { MARK_REST: '1', REMOVE_MARKED_INTERVAL: '100' };
    await Promise.all([fleet.start(environment), fleet.start(environment)]);
    await fleet.sql.query('update catalog.action_pages set deleted_at = now() where id = $1', [pageId]);
    const partitions: number[] = [];
    await waitFor(async () => {
      for (let partition = 0; partition < partitionCount; partition += 1) {
        for (const { content } of await fleet.vhost.drain(ingestQueue(partition))) {
          const command = passMarkV1.parse(JSON.parse(content.toString()));
          expect(command.partition).toBe(partition);
          partitions.push(partition);
        }
      }
      return partitions.length >= partitionCount;
    });
    expect(partitions.sort((a, b) => a - b)).toEqual([...Array(partitionCount).keys()]);
    const { rows } = await fleet.sql.query('select count(*)::int as n from catalog.removal_passes');
    expect(rows).toEqual([{ n: 1 }]);
  } finally {
    await fleet.close();
  }
});
