import { randomUUID } from 'node:crypto';
import { RabbitProxy } from '@groundswell/testing';
import { Catalogue, type CatalogueChange } from '../src/catalogue/catalogue';
import { Database } from '../src/database';
import { DatabaseAwayError } from '../src/database-fault';
import { recordingLogger, useDatabase } from './use-database';

const db = useDatabase();

describe('the catalogue', () => {
  let database: Database;
  let names = 0;
  const aName = (kind: string) => `${kind}${(names += 1)}`;

  beforeAll(async () => {
    database = await db.process('ingest');
  });

  const loaded = async () => {
    const catalogue = new Catalogue(database);
    await catalogue.refresh();
    return catalogue;
  };
  const set = (table: string, id: number | string, values: Record<string, unknown>) => {
    const columns = Object.keys(values).map((column, index) => `${column} = $${index + 2}`);
    return db.rows(`update catalog.${table} set ${columns.join(', ')} where id = $1`, [id, ...Object.values(values)]);
  };
  const remove = (table: string, id: number | string) => db.rows(`delete from catalog.${table} where id = $1`, [id]);
  const anOrg = (name = aName('Org')) =>
    db.id(`insert into catalog.orgs (name, title) values ($1, 'An org') returning id`, [name]);
  const aCampaign = (orgId: number, name = aName('Campaign')) =>
    db.id(`insert into catalog.campaigns (name, title, org_id) values ($1, 'A campaign', $2) returning id`, [
      name,
      orgId,
    ]);
  const aPage = (orgId: number, campaignId: number, name = aName('act.example.org/page')) =>
    db.id(
      `insert into catalog.action_pages (name, locale, org_id, campaign_id) values ($1, 'en', $2, $3) returning id`,
      [name, orgId, campaignId],
    );
  const aKey = (orgId: number, active: boolean) =>
    db.id(`insert into catalog.public_keys (org_id, name, public, active) values ($1, 'key', $2, $3) returning id`, [
      orgId,
      Buffer.alloc(32, names),
      active,
    ]);
  const aService = (orgId: number, name = 'webhook') =>
    db.id(`insert into catalog.services (org_id, name) values ($1, $2) returning id`, [orgId, name]);
  const anMtt = (campaignId: number) =>
    db.id(
      `insert into catalog.mtt (campaign_id, start_at, end_at) values ($1, now(), now() + interval '1 day') returning id`,
      [campaignId],
    );
  const aTarget = async (campaignId: number) => {
    const id = randomUUID();
    await db.rows(`insert into catalog.targets (id, external_id, name, campaign_id) values ($1, $2, 'A target', $3)`, [
      id,
      id,
      campaignId,
    ]);
    return id;
  };
  const aTemplate = (orgId: number, name = aName('template')) =>
    db.id(`insert into catalog.email_templates (org_id, name, locale) values ($1, $2, 'en') returning id`, [
      orgId,
      name,
    ]);

  it('is empty until it is loaded, then holds every table at the version of the database', async () => {
    const orgId = await anOrg();
    const campaignId = await aCampaign(orgId);
    const pageId = await aPage(orgId, campaignId);
    const [keyId, serviceId, mttId, templateId] = [
      await aKey(orgId, true),
      await aService(orgId),
      await anMtt(campaignId),
      await aTemplate(orgId),
    ];
    const targetId = await aTarget(campaignId);
    const catalogue = new Catalogue(database);
    expect(catalogue.version).toBe(0);
    expect(catalogue.orgs.get(orgId)).toBeUndefined();
    expect(await catalogue.refresh()).toBe(true);
    const [row] = await db.rows<{ version: string }>('select version::text from catalog.catalogue_version');
    expect(catalogue.version).toBe(Number(row?.version));
    expect(catalogue.orgs.get(orgId)).toMatchObject({ id: orgId, contactSchema: 0, config: {}, deletedAt: null });
    expect(catalogue.campaigns.get(campaignId)).toMatchObject({ orgId, publicActions: [], supporterConfirm: null });
    expect(catalogue.pages.get(pageId)).toMatchObject({ orgId, campaignId, delivery: true, live: false });
    expect(catalogue.keys.get(keyId)).toMatchObject({ orgId, active: true, public: expect.any(Buffer) });
    expect(catalogue.services.get(serviceId)).toEqual({ id: serviceId, orgId, name: 'webhook', webhookGeneration: 0 });
    expect(catalogue.mtt.get(mttId)).toMatchObject({ campaignId, endAt: expect.any(Date) });
    expect(catalogue.targets.get(targetId)).toEqual({ id: targetId, campaignId, deletedAt: null });
    expect(catalogue.templates.get(templateId)).toMatchObject({ orgId, locale: 'en', externalId: null });
  });

  it('says that nothing changed, and does not read again', async () => {
    const catalogue = await loaded();
    const rows = [...catalogue.orgs.rows.values()];
    expect(await catalogue.refresh()).toBe(false);
    expect([...catalogue.orgs.rows.values()].every((row, index) => row === rows[index])).toBe(true);
  });

  it('reads only the rows that changed', async () => {
    const [one, other] = [await anOrg(), await anOrg()];
    const catalogue = await loaded();
    const before = catalogue.orgs.get(other);
    await set('orgs', one, { title: 'Renamed', config: { reminder: { enabled: true } } });
    expect(await catalogue.refresh()).toBe(true);
    expect(catalogue.orgs.get(one)).toMatchObject({ title: 'Renamed', config: { reminder: { enabled: true } } });
    expect(catalogue.orgs.get(other)).toBe(before);
  });

  it('follows each table through a new row, a change and a deletion', async () => {
    const catalogue = await loaded();
    const orgId = await anOrg();
    const campaignId = await aCampaign(orgId);
    const otherCampaign = await aCampaign(orgId);
    const pageId = await aPage(orgId, campaignId);
    const tables = [
      ['public_keys', catalogue.keys, await aKey(orgId, false), { expired: true }],
      ['services', catalogue.services, await aService(orgId), { name: 'sqs' }],
      ['mtt', catalogue.mtt, await anMtt(campaignId), { campaign_id: otherCampaign }],
      ['targets', catalogue.targets, await aTarget(campaignId), { campaign_id: otherCampaign }],
      ['email_templates', catalogue.templates, await aTemplate(orgId), { external_id: 'remote' }],
      ['action_pages', catalogue.pages, pageId, { live: true }],
      ['campaigns', catalogue.campaigns, campaignId, { action_confirm: true }],
      ['orgs', catalogue.orgs, orgId, { custom_event_deliver: true }],
    ] as const;
    await catalogue.refresh();
    for (const [, table, id] of tables) expect(table.get(id)).toBeDefined();
    for (const [name, , id, change] of tables) await set(name, id, change);
    await catalogue.refresh();
    const [key, service, mtt, target, template, page, campaign, org] = tables.map(([, table, id]) => table.get(id));
    expect([key, service, mtt, target, template, page, campaign, org]).toMatchObject([
      { expired: true },
      { name: 'sqs' },
      { campaignId: otherCampaign },
      { campaignId: otherCampaign },
      { externalId: 'remote' },
      { live: true },
      { actionConfirm: true },
      { customEventDeliver: true },
    ]);
    await remove('targets', tables[3][2]);
    await remove('action_pages', pageId);
    await remove('campaigns', campaignId);
    await remove('campaigns', otherCampaign);
    await remove('orgs', orgId);
    await catalogue.refresh();
    for (const [, table, id] of tables) expect(table.get(id)).toBeUndefined();
  });

  it('finds by name whatever the case, under the new name after a rename', async () => {
    const [org, campaign, page] = [aName('GreenOrg'), aName('Stop_It'), aName('Act.example.org/Stop')];
    const orgId = await anOrg(org);
    const campaignId = await aCampaign(orgId, campaign);
    const pageId = await aPage(orgId, campaignId, page);
    const catalogue = await loaded();
    expect(catalogue.orgByName(org.toUpperCase())).toMatchObject({ id: orgId, name: org });
    expect(catalogue.campaignByName(campaign.toLowerCase())?.id).toBe(campaignId);
    expect(catalogue.pageByName(page.toUpperCase())?.id).toBe(pageId);
    await set('orgs', orgId, { name: `${org}-2` });
    await set('campaigns', campaignId, { name: `${campaign}-2` });
    await set('action_pages', pageId, { name: `${page}-2` });
    await catalogue.refresh();
    expect([catalogue.orgByName(org), catalogue.campaignByName(campaign), catalogue.pageByName(page)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(catalogue.orgByName(`${org}-2`)?.id).toBe(orgId);
    expect(catalogue.campaignByName(`${campaign}-2`)?.id).toBe(campaignId);
    expect(catalogue.pageByName(`${page}-2`)?.id).toBe(pageId);
  });

  it('finds both of two that swapped their names, and the new one of a name given again', async () => {
    const [a, b] = [aName('swap'), aName('swap')];
    const [first, second] = [await anOrg(a), await anOrg(b)];
    const catalogue = await loaded();
    await set('orgs', first, { name: aName('between') });
    await set('orgs', second, { name: a });
    await set('orgs', first, { name: b });
    await catalogue.refresh();
    expect(catalogue.orgByName(a)?.id).toBe(second);
    expect(catalogue.orgByName(b)?.id).toBe(first);
    await remove('orgs', first);
    const third = await anOrg(b);
    await catalogue.refresh();
    expect(catalogue.orgByName(b)?.id).toBe(third);
  });

  it('lists what belongs to an org or a campaign, also after it moved', async () => {
    const [one, other] = [await anOrg(), await anOrg()];
    const [campaignId, otherCampaign] = [await aCampaign(one), await aCampaign(one)];
    const pages = [await aPage(one, campaignId), await aPage(one, campaignId), await aPage(other, campaignId)];
    const service = await aService(one);
    const template = await aTemplate(one);
    const target = await aTarget(campaignId);
    const catalogue = await loaded();
    const ids = (rows: { id: number }[]) => rows.map(({ id }) => id);
    expect(ids(catalogue.pagesOfOrg(one))).toEqual(pages.slice(0, 2));
    expect(ids(catalogue.pagesOfCampaign(campaignId))).toEqual(pages);
    expect(ids(catalogue.campaignsLedBy(one))).toEqual([campaignId, otherCampaign]);
    expect(ids(catalogue.servicesOfOrg(one))).toEqual([service]);
    expect(ids(catalogue.templatesOfOrg(one))).toEqual([template]);
    expect(catalogue.isTargetOf(campaignId, target)).toBe(true);
    await set('action_pages', pages[0] ?? 0, { org_id: other, campaign_id: otherCampaign });
    await set('campaigns', otherCampaign, { org_id: other });
    await set('targets', target, { campaign_id: otherCampaign });
    await remove('services', service);
    await remove('email_templates', template);
    await catalogue.refresh();
    expect(ids(catalogue.pagesOfOrg(one))).toEqual([pages[1]]);
    expect(ids(catalogue.pagesOfOrg(other))).toEqual([pages[0], pages[2]]);
    expect(ids(catalogue.pagesOfCampaign(campaignId))).toEqual(pages.slice(1));
    expect(ids(catalogue.campaignsLedBy(one))).toEqual([campaignId]);
    expect(ids(catalogue.campaignsLedBy(other))).toEqual([otherCampaign]);
    expect(catalogue.isTargetOf(campaignId, target)).toBe(false);
    expect(catalogue.isTargetOf(otherCampaign, target)).toBe(true);
    expect(catalogue.servicesOfOrg(one)).toEqual([]);
    expect(catalogue.templatesOfOrg(one)).toEqual([]);
    expect(catalogue.pagesOfOrg(987_654)).toEqual([]);
  });

  it.each(['old first', 'new first'])('knows the active key of an org after a change of keys, %s', async (order) => {
    const orgId = await anOrg();
    const keys = [await aKey(orgId, false), await aKey(orgId, false)];
    const [from = 0, to = 0] = order === 'old first' ? keys : keys.reverse();
    await set('public_keys', from, { active: true });
    const catalogue = await loaded();
    expect(catalogue.activeKeyOf(orgId)?.id).toBe(from);
    await set('public_keys', from, { active: false });
    await set('public_keys', to, { active: true });
    await catalogue.refresh();
    expect(catalogue.activeKeyOf(orgId)?.id).toBe(to);
    await set('public_keys', to, { active: false, expired: true });
    await catalogue.refresh();
    expect(catalogue.activeKeyOf(orgId)).toBeUndefined();
  });

  it("knows a campaign's mails to targets, also when they were made anew between two looks", async () => {
    const campaignId = await aCampaign(await anOrg());
    const first = await anMtt(campaignId);
    const catalogue = await loaded();
    expect(catalogue.mttOf(campaignId)?.id).toBe(first);
    await remove('mtt', first);
    const second = await anMtt(campaignId);
    await catalogue.refresh();
    expect(catalogue.mttOf(campaignId)?.id).toBe(second);
    await remove('mtt', second);
    await catalogue.refresh();
    expect(catalogue.mttOf(campaignId)).toBeUndefined();
  });

  it('keeps dates as the days they are, whatever the zone of the process', async () => {
    const campaignId = await aCampaign(await anOrg());
    await set('campaigns', campaignId, { start_date: '2026-03-29', end_date: '2026-12-31' });
    const catalogue = await loaded();
    expect(catalogue.campaigns.get(campaignId)).toMatchObject({ startDate: '2026-03-29', endDate: '2026-12-31' });
    await set('campaigns', campaignId, { start_date: null });
    await catalogue.refresh();
    expect(catalogue.campaigns.get(campaignId)).toMatchObject({ startDate: null, endDate: '2026-12-31' });
  });

  it('gives refreshes that come during a read the next one, and that one to all of them', async () => {
    const catalogue = await loaded();
    const underWay = catalogue.refresh();
    const orgId = await anOrg();
    const [one, other] = [catalogue.refresh(), catalogue.refresh()];
    await Promise.all([underWay, one, other]);
    expect(catalogue.orgs.get(orgId)).toBeDefined();
    expect(await catalogue.refresh()).toBe(false);
  });

  it('goes on refreshing after a read that failed', async () => {
    const away = await db.process();
    const catalogue = new Catalogue(away);
    await away.close();
    const refreshes = [catalogue.refresh(), catalogue.refresh(), catalogue.refresh()];
    for (const refresh of refreshes) await expect(refresh).rejects.toThrow(DatabaseAwayError);
    expect(catalogue.version).toBe(0);
  });

  it('fills an empty catalogue from a snapshot of another, until the database is read', async () => {
    const orgId = await anOrg();
    const snapshot = (await loaded()).snapshot();
    if (!snapshot) throw new Error('no snapshot');
    const catalogue = new Catalogue(database);
    expect(catalogue.snapshot()).toBeNull();
    expect(catalogue.restore(snapshot)).toBe(true);
    expect(catalogue.version).toBe(snapshot.version);
    expect(catalogue.orgs.get(orgId)).toMatchObject({ title: 'An org' });
    expect(catalogue.snapshot()).toBeNull();
    // As in a database restored from a backup: other rows under the same version.
    await db.rows('alter table catalog.orgs disable trigger note_change');
    await set('orgs', orgId, { title: 'As restored' });
    await db.rows('alter table catalog.orgs enable trigger note_change');
    expect(await catalogue.refresh()).toBe(true);
    expect(catalogue.orgs.get(orgId)?.title).toBe('As restored');
    expect(catalogue.snapshot()?.version).toBe(snapshot.version);
  });

  it('takes no snapshot once it was read, nor one of other columns', async () => {
    const catalogue = await loaded();
    const snapshot = catalogue.snapshot();
    if (!snapshot) throw new Error('no snapshot');
    expect(catalogue.restore(snapshot)).toBe(false);
    const older = snapshot.tables.map((table) => ({ ...table, columns: table.columns.slice(1) }));
    expect(new Catalogue(database).restore({ ...snapshot, tables: older })).toBe(false);
    expect(new Catalogue(database).restore({ ...snapshot, tables: [] })).toBe(false);
  });

  it('tells its listeners what changed, until they stop listening', async () => {
    const orgId = await anOrg();
    const catalogue = await loaded();
    const heard: CatalogueChange[] = [];
    const stop = catalogue.onChange((change) => heard.push(change));
    await set('orgs', orgId, { title: 'After' });
    await catalogue.refresh();
    await remove('orgs', orgId);
    await catalogue.refresh();
    stop();
    await anOrg();
    await catalogue.refresh();
    expect(heard).toMatchObject([
      { table: 'orgs', before: { title: 'An org' }, after: { title: 'After' } },
      { table: 'orgs', before: { title: 'After' }, after: undefined },
    ]);
  });

  it('reads everything when the version went back: it is another database', async () => {
    const [kept, gone] = [await anOrg(), await anOrg()];
    const catalogue = await loaded();
    const [row] = await db.rows<{ version: string }>('select version::text from catalog.catalogue_version');
    await db.rows('alter table catalog.orgs disable trigger note_change');
    await remove('orgs', gone);
    await set('orgs', kept, { title: 'As restored' });
    await db.rows('alter table catalog.orgs enable trigger note_change');
    await db.rows('update catalog.catalogue_version set version = version - 1');
    expect(await catalogue.refresh()).toBe(true);
    expect(catalogue.version).toBe(Number(row?.version) - 1);
    expect(catalogue.orgs.get(kept)?.title).toBe('As restored');
    expect(catalogue.orgs.get(gone)).toBeUndefined();
    await db.rows('update catalog.catalogue_version set version = version + 1');
  });

  it.each([
    [
      'some of the changes it needs',
      'delete from catalog.catalogue_changes where version < (select version from catalog.catalogue_version)',
    ],
    ['all changes', 'delete from catalog.catalogue_changes'],
  ])('reads everything when %s are no longer kept', async (_what, prune) => {
    const orgId = await anOrg();
    const leaving = await anOrg();
    const catalogue = await loaded();
    await set('orgs', orgId, { title: 'Changed' });
    await remove('orgs', leaving);
    const added = await anOrg();
    await db.rows(prune);
    expect(await catalogue.refresh()).toBe(true);
    expect(catalogue.orgs.get(orgId)?.title).toBe('Changed');
    expect(catalogue.orgs.get(leaving)).toBeUndefined();
    expect(catalogue.orgs.get(added)).toBeDefined();
  });

  it('keeps what it knows while the database is away, and catches up after', async () => {
    const proxy = await RabbitProxy.start(db.urls.ingest);
    const away = new Database({ url: proxy.amqpUrl, applicationName: 'catalogue', poolSize: 2 }, recordingLogger());
    await away.connect(10_000);
    try {
      const orgId = await anOrg();
      const catalogue = new Catalogue(away);
      await catalogue.refresh();
      const { version } = catalogue;
      proxy.refuse();
      await set('orgs', orgId, { title: 'Meanwhile' });
      await expect(catalogue.refresh()).rejects.toThrow(DatabaseAwayError);
      expect(catalogue.version).toBe(version);
      expect(catalogue.orgs.get(orgId)?.title).toBe('An org');
      proxy.accept();
      expect(await catalogue.refresh()).toBe(true);
      expect(catalogue.orgs.get(orgId)?.title).toBe('Meanwhile');
    } finally {
      await away.close();
      await proxy.close();
    }
  });
});
