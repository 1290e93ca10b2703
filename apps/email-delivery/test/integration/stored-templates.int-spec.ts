import { Client } from 'pg';
import { Catalogue, Database, DatabaseAwayError } from '@groundswell/persistence';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import { StoredTemplates, storedTemplateSettings } from '../../src/templates/stored-templates';

const quiet = { info: () => undefined, warn: () => undefined };

describe('templates as the catalogue has them', () => {
  let testDatabase: TestDatabase;
  let owner: Client;
  let database: Database;
  let catalogue: Catalogue;
  let templates: StoredTemplates;
  let orgId: number;
  let nowMs = 0;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    owner = new Client({ connectionString: testDatabase.urls.owner });
    await owner.connect();
    database = new Database({ url: testDatabase.urls.mail, applicationName: 'test-mail', poolSize: 2 }, quiet);
    if (!(await database.connect(10_000))) throw new Error(`not connected: ${database.fault}`);
    orgId = await insert(
      `insert into catalog.orgs (name, title, config) values ('org', 'Org', '{"locale":"pt"}') returning id`,
    );
    catalogue = new Catalogue(database);
    templates = new StoredTemplates(catalogue, database, storedTemplateSettings, () => nowMs);
  });
  afterAll(async () => {
    await database.close();
    await owner.end();
    await testDatabase.drop();
  });

  const insert = async (sql: string, values: unknown[] = []): Promise<number> =>
    Number((await owner.query<{ id: string }>(sql, values)).rows[0]?.id);
  const aTemplate = (name: string, locale: string, html: string | null = 'html') =>
    insert(
      `insert into catalog.email_templates (org_id, name, locale, subject, html, external_id)
         values ($1, $2, $3, 'S', $4, $5) returning id`,
      [orgId, name, locale, html, html === null ? '77' : null],
    );
  const setHtml = (id: number, html: string) =>
    owner.query('update catalog.email_templates set html = $2 where id = $1', [id, html]);
  const only = (name: string) => {
    const [row, ...others] = templates.rowsNamed(orgId, name);
    if (!row || others.length > 0) throw new Error(`${others.length + 1} rows`);
    return row;
  };

  it('finds the rows of a name, and the locale of their org', async () => {
    const ids = [
      await aTemplate('thanks', 'en'),
      await aTemplate('thanks', 'fr', null),
      await aTemplate('other', 'en'),
    ];
    await catalogue.refresh();
    expect(templates.rowsNamed(orgId, 'thanks')).toEqual([
      { id: ids[0], orgId, name: 'thanks', locale: 'en', externalId: null },
      { id: ids[1], orgId, name: 'thanks', locale: 'fr', externalId: '77' },
    ]);
    expect(templates.rowsNamed(orgId + 1, 'thanks')).toEqual([]);
    expect(templates.localeOf(orgId)).toBe('pt');
    expect(templates.localeOf(orgId + 1)).toBeNull();
  });

  it('has another body as soon as the catalogue knows of a change, though nothing it keeps was changed', async () => {
    const id = await aTemplate('saved', 'en', 'old');
    await catalogue.refresh();
    expect(await templates.bodyOf(only('saved'))).toEqual({ subject: 'S', html: 'old', text: null });
    await setHtml(id, 'new');
    await catalogue.refresh();
    expect(await templates.bodyOf(only('saved'))).toMatchObject({ html: 'new' });
  });

  it('reads a body once, for all who ask, and again after a minute', async () => {
    const id = await aTemplate('kept', 'en', 'old');
    await catalogue.refresh();
    const row = only('kept');
    const first = templates.bodyOf(row);
    expect(templates.bodyOf(row)).toBe(first);
    await first;
    await setHtml(id, 'new');
    nowMs += 59_999;
    expect(await templates.bodyOf(row)).toMatchObject({ html: 'old' });
    nowMs += 1;
    expect(await templates.bodyOf(row)).toMatchObject({ html: 'new' });
  });

  it('says that a row is gone', async () => {
    const id = await aTemplate('gone', 'en');
    await catalogue.refresh();
    const row = only('gone');
    await owner.query('delete from catalog.email_templates where id = $1', [id]);
    expect(await templates.bodyOf(row)).toBeNull();
  });

  it('keeps no failure: the next who asks reads again', async () => {
    await aTemplate('away', 'en', 'html');
    await catalogue.refresh();
    const unreachable = new Database(
      { url: 'postgres://mail@127.0.0.1:1/none', applicationName: 'test-mail', poolSize: 1 },
      quiet,
    );
    let reached = unreachable;
    const cut = new StoredTemplates(catalogue, { query: (sql, values) => reached.query(sql, values) });
    await expect(cut.bodyOf(only('away'))).rejects.toThrow(DatabaseAwayError);
    reached = database;
    expect(await cut.bodyOf(only('away'))).toMatchObject({ html: 'html' });
    await unreachable.close();
  });
});
