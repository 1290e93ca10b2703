import { decryptPersonalInfo, type KeyStore } from '@proca/crypto';
import { serviceEnv } from '@groundswell/fleet';
import { waitFor } from '@groundswell/testing';
import { ApiClient } from '../src/api-client';
import { aSignature, newEmail, signMutation } from '../src/campaign-world';
import { ProcaCli } from '../src/proca-cli';
import { aProcaDatabase, runImport, type ImportEnd, type ProcaDatabase } from '../src/proca-database';
import { StockReader } from '../src/stock-reader';
import { TestFleet } from '../src/test-fleet';

/** PROCA_SUPPORTERS=100000 is the size of a middling server. */
const supporters = Number(process.env['PROCA_SUPPORTERS'] ?? 2_000);
const storyMs = 120_000 + supporters * 10;
const deliveredMs = 30_000 + supporters;

type Person = ProcaDatabase['people'][number];
interface Contact {
  contactRef: string;
  payload: string;
  nonce: string;
  publicKey: { id: number; public: string };
  signKey: { id: number; public: string };
}

/** One story, told in the order of docs/migrating-from-proca.md; each part builds on those before. */
describe(`a Proca server with ${supporters} supporters moves here`, () => {
  let fleet: TestFleet;
  let old: ProcaDatabase;
  let env: Record<string, string>;

  beforeAll(async () => {
    fleet = await TestFleet.create();
    const { FINGERPRINT_SEED = '', ENVELOPE_KEY = '' } = serviceEnv('api-gateway', fleet.home.infra, fleet.secrets);
    env = { FINGERPRINT_SEED, ENVELOPE_KEY };
    const startedAt = performance.now();
    old = await aProcaDatabase(supporters, FINGERPRINT_SEED);
    say(`generated ${old.rows} rows in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  }, storyMs);
  afterAll(async () => {
    await fleet.stop();
    await old.drop();
  });

  const say = (line: string) => process.stdout.write(`proca-import: ${line}\n`);
  const move = (args: string[] = [], change: Record<string, string> = {}, killAt?: string): Promise<ImportEnd> =>
    runImport(['--from', old.readerUrl, '--to', fleet.home.infra.databaseUrl, ...args], { ...env, ...change }, killAt);
  const written = ({ report }: ImportEnd): number =>
    report.tables.reduce((sum, table) => sum + table.written + table.removed, 0);
  const one = async <Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row> => {
    const { rows } = await fleet.sql.query<Row>(sql, parameters);
    return rows[0] as Row;
  };
  /** The first of a kind on a page, or the next one: what is done to one must not disturb the other. */
  const person = (kind: Person['kind'], pageId: number, index = 0): Person => {
    const found = old.people.filter((candidate) => candidate.kind === kind && candidate.pageId === pageId)[index];
    if (!found) throw new Error(`nobody is ${kind} on page ${pageId}`);
    return found;
  };

  it(
    'refuses what would go wrong, and a dry run writes nothing',
    async () => {
      expect(await move([], { FINGERPRINT_SEED: 'another', ORG_NAME: 'elsewhere' })).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /nothing was written:\nthe old server has no org "elsewhere"[^\n]*\nFINGERPRINT_SEED is not that of the old server/,
        ),
      });
      const dry = await move(['--dry-run']);
      expect(dry).toMatchObject({ code: 0, report: { isDry: true, steps: null } });
      expect(dry.report.tables.find(({ table }) => table === 'supporters')).toMatchObject({
        rows: supporters,
        read: supporters,
      });
      expect(await one('select count(*)::int as n from catalog.orgs')).toEqual({ n: 0 });
      expect(await one(`select to_regnamespace('proca_import') as schema`)).toEqual({ schema: null });
    },
    storyMs,
  );

  it(
    'goes on after a kill, agrees with the old server, and a second run changes nothing',
    async () => {
      const killed = await move([], {}, `supporters: ${supporters} read`);
      expect(killed.code).toBeNull();
      const begun = await one<{ n: number }>('select count(*)::int as n from actions.supporters');
      expect(begun.n).toBe(supporters);
      const first = await move();
      expect(first.report.tables.find(({ table }) => table === 'supporters')).toMatchObject({
        rows: supporters,
        read: 0,
      });
      expect(first).toMatchObject({ code: 0, report: { verification: { differences: [] } } });
      expect(first.report.steps?.reminders).toBeGreaterThan(0);
      const sent = await old.sql.query<{ n: number }>('select count(*)::int as n from messages where sent');
      expect(await one(`select count(*)::int as n from mtt.message_states where state = 'sent'`)).toEqual(sent.rows[0]);
      const read = first.report.tables.reduce((sum, table) => sum + table.read, 0);
      say(
        `${read} rows in ${first.report.seconds.toFixed(1)} s, ${Math.round(read / first.report.seconds)} per second`,
      );
      const again = await move();
      expect(again).toMatchObject({
        code: 0,
        report: {
          verification: { differences: [] },
          steps: { orgBackends: 0, supporterRanks: 0, messageRanks: 0, reminders: 0 },
        },
      });
      expect(written(again)).toBe(0);
      expect(again.report.tables.reduce((sum, table) => sum + table.read, 0)).toBe(0);
      say(`second run: ${again.report.seconds.toFixed(1)} s`);
    },
    storyMs,
  );

  it(
    'takes over what changed meanwhile: new, changed and deleted rows, names that moved, ranks',
    async () => {
      const [gone, waiting] = [person('delivered', old.pages.green), person('waiting', old.pages.blue)];
      await old.sql.query('delete from contacts where supporter_id = $1', [gone.supporterId]);
      await old.sql.query(`update supporters set processing_status = 3, dupe_rank = 0 where id = $1`, [
        waiting.supporterId,
      ]);
      await old.sql.query(`update actions set processing_status = 4 where id = $1`, [waiting.actionId]);
      // Two pages change names with each other.
      await old.sql.query(`update action_pages set name = 'redorg/tmp' where id = $1`, [old.pages.red]);
      await old.sql.query(`update action_pages set name = 'redorg/river' where id = $1`, [old.pages.blue]);
      await old.sql.query(`update action_pages set name = 'blue.example.org/river' where id = $1`, [old.pages.red]);
      const { rows } = await old.sql.query<{ id: string }>(
        `insert into supporters (campaign_id, action_page_id, fingerprint, email, processing_status)
         select campaign_id, action_page_id, fingerprint, 'x@example.org', 3 from supporters where id = $1 returning id`,
        [gone.supporterId],
      );
      const last = await move();
      expect(last).toMatchObject({ code: 0, report: { verification: { differences: [] } } });
      expect(
        await one('select count(*)::int as n from actions.contacts where supporter_id = $1', [gone.supporterId]),
      ).toEqual({ n: 0 });
      expect(await one('select name from catalog.action_pages where id = $1', [old.pages.red])).toEqual({
        name: 'blue.example.org/river',
      });
      expect(await one('select dupe_rank > 0 as later from actions.supporters where id = $1', [rows[0]?.id])).toEqual({
        later: true,
      });
    },
    storyMs,
  );

  it(
    'lists what cannot come, with table, id and reason, brings the rest, and takes it once it is mended',
    async () => {
      const { supporterId } = person('delivered', old.pages.red);
      const { rows } = await old.sql.query<{ orphan: string; half: string; gift: string; long: string }>(
        `with orphan as (insert into contacts (supporter_id, org_id, payload) values ($1, null, '{}') returning id),
              half as (insert into contacts (supporter_id, org_id, payload, crypto_nonce) values ($1, $2, '{}', '\\x00') returning id),
              gift as (insert into donations (action_id, payload, amount) select min(id), '{}', 0 from actions returning id),
              -- No rule of the import knows of it: the database refuses it.
              long as (insert into sources (source, medium) values ('mail', 'news') returning id)
         select orphan.id as orphan, half.id as half, gift.id as gift, long.id as long from orphan, half, gift, long`,
        [supporterId, old.orgs.instance],
      );
      const faults = rows[0]!;
      await fleet.sql.query(`alter table actions.sources add constraint no_news check (campaign <> 'unknown')`);
      const listed = await move();
      expect(listed.code).toBe(3);
      expect(
        Object.fromEntries(
          listed.report.tables.flatMap(({ table, leftOut }) =>
            leftOut.map(({ id, reason }) => [`${table} ${id}`, reason]),
          ),
        ),
      ).toEqual({
        [`contacts ${faults.orphan}`]: 'its org is gone',
        [`contacts ${faults.half}`]: 'encrypted, but nonce or a key id is missing',
        [`donations ${faults.gift}`]: 'amount is not above 0',
        [`sources ${faults.long}`]: 'not allowed (no_news)',
      });
      expect(listed.report.verification?.differences).toEqual([]);
      await fleet.sql.query('alter table actions.sources drop constraint no_news');
      await old.sql.query('delete from contacts where id in ($1, $2)', [faults.orphan, faults.half]);
      await old.sql.query('update donations set amount = 5 where id = $1', [faults.gift]);
      const mended = await move(['--undelivered', 'deliver']);
      expect(mended).toMatchObject({ code: 0, report: { verification: { differences: [] } } });
      const { undelivered, commands } = mended.report.steps!;
      expect(undelivered).toBeGreaterThan(0);
      expect(commands).toBe(undelivered);
    },
    storyMs,
  );

  it(
    'the fleet starts on it: figures, accounts, keys and ids are as they were',
    async () => {
      expect(await move(['--undelivered', 'deliver'])).toMatchObject({ code: 0, report: { steps: { commands: 0 } } });
      await fleet.start();
      expect(await move()).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('the fleet runs on the new database'),
      });
      const { veteran, owner } = old;
      const me = (client: ApiClient) => client.data<{ currentUser: { email: string } }>('{ currentUser { email } }');
      await me(ApiClient.basic(fleet.gatewayUrl, veteran.email, veteran.password));
      await me(ApiClient.basic(fleet.gatewayUrl, owner.email.toUpperCase(), owner.password));
      await me(ApiClient.token(fleet.gatewayUrl, owner.token));
      const wrong = await ApiClient.basic(fleet.gatewayUrl, veteran.email, 'Wrong1Password').ask(
        '{ currentUser { email } }',
      );
      expect(wrong.status).toBe(401);
    },
    storyMs,
  );

  it(
    'the CLI works, with a login by the old password',
    async () => {
      const cli = await ProcaCli.signIn(fleet.gatewayUrl, old.owner.email, old.owner.password);
      try {
        expect(await cli.json('org', 'get', '-n', 'greenorg')).toMatchObject([
          { name: 'greenorg', services: [{ name: 'SMTP', host: 'tls://mail.example.org:587' }] },
        ]);
        expect(await cli.json('widget', 'get', '-i', String(old.pages.green))).toMatchObject([
          { name: 'greenorg/river', locale: 'en' },
        ]);
        expect(await cli.json('campaign', 'get', '-n', old.campaigns.river)).toMatchObject([
          { name: 'river', org: { name: 'greenorg' } },
        ]);
      } finally {
        cli.remove();
      }
    },
    storyMs,
  );

  it(
    'an old contact is decrypted by @proca/crypto with the key the org has',
    async () => {
      const { actionId, lastName, contactRef, email } = person('delivered', old.pages.green, 1);
      const client = ApiClient.basic(fleet.gatewayUrl, old.owner.email, old.owner.password);
      const { exportActions } = await client.data<{ exportActions: { actionId: number; contact: Contact }[] }>(
        `query ($start: Int!) {
           exportActions(orgName: "greenorg", start: $start, limit: 1, onlyOptIn: false, includeTesting: true) {
             actionId contact { contactRef payload nonce publicKey { id public } signKey { id public } } } }`,
        { start: actionId },
      );
      const { contact } = exportActions[0]!;
      expect(exportActions[0]).toMatchObject({ actionId, contact: { contactRef } });
      const { payload, nonce, publicKey: encryptKey, signKey } = contact;
      const keys = Object.entries(old.keys.green).map(([key, pair]) => ({ public: key, ...pair }));
      const store: KeyStore = { filename: null, readFromFile: false, keys };
      expect(decryptPersonalInfo({ payload, nonce, encryptKey, signKey }, store)).toMatchObject({ lastName, email });
    },
    storyMs,
  );

  it(
    'goes on from there: what waited is delivered once, a mailed link confirms, a new signature counts and has a new id',
    async () => {
      const waitingNow = async () => {
        const { n } = await one<{ n: number }>(
          `select count(*)::int as n from actions.actions a join actions.supporters s on s.id = a.supporter_id
            where a.processing_status = 0 and s.processing_status in (0, 3)`,
        );
        return n === 0;
      };
      await waitFor(waitingNow, deliveredMs);
      const reader = StockReader.start(await fleet.crmLogin(old.orgs.blue), 'Blue_Org.crm', {});
      try {
        const late = person('undelivered', old.pages.blue);
        const delivered = await reader.find(({ actionId }) => actionId === late.actionId, deliveredMs);
        expect(delivered).toMatchObject({
          stage: 'deliver',
          contact: { lastName: late.lastName, contactRef: late.contactRef },
        });
        const asked = person('waiting', old.pages.blue, 1);
        const link = await fetch(`${fleet.gatewayUrl}/link/s/${asked.actionId}/accept/${asked.contactRef}`);
        expect([link.status, await link.text()]).toEqual([200, 'SUCCESS']);
        await reader.find(({ actionId }) => actionId === asked.actionId);
        const highest = Math.max(...old.people.map(({ actionId }) => actionId));
        const email = newEmail();
        await fleet.anonymous.data(
          signMutation,
          aSignature(
            { id: old.pages.blue },
            { contact: { firstName: 'New', lastName: 'Hand', email, address: { country: 'de', postcode: '12345' } } },
          ),
        );
        const signed = await reader.find(({ contact }) => contact.email === email);
        expect(signed['actionId']).toBeGreaterThan(highest);
        expect(reader.messages.filter(({ actionId }) => actionId === late.actionId)).toHaveLength(1);
        expect(reader.messages.some(({ actionId }) => actionId === person('delivered', old.pages.blue).actionId)).toBe(
          false,
        );
      } finally {
        reader.stop();
      }
    },
    storyMs,
  );
});
