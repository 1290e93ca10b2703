import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { cryptoReady, generateKeyPair, hashPassword, newApiToken } from '@groundswell/crypto';
import { adminMask, roleMask } from '@groundswell/domain';
import { OldPeople, type OldKeys, type OldPerson } from './old-people';
import { insertRows, whenDone } from './old-rows';
import { oldSchemaStatements } from './old-schema';
import { campaignIds, orgs, pages, sourceCount, targetCount, targetId } from './old-world';

export interface OldDatabaseSettings {
  /** An empty database, as its owner. */
  url: string;
  supporters: number;
  fingerprintSeed: string;
  /** The same number makes the same people; keys and passwords are always new. */
  seed: number;
}

/** What somebody who used the old server still knows of it. */
export interface OldDatabase {
  orgs: { instance: number; green: number; blue: number; red: number };
  /** Key stores as clients keep them: public → {private}. */
  keys: { green: Record<string, { private: string }>; red: Record<string, { private: string }> };
  admin: { email: string; password: string };
  /** Owner of green, with a bcrypt hash and a token of the CLI. */
  owner: { email: string; password: string; token: string };
  /** Owner of blue, since the times of pbkdf2. */
  veteran: { email: string; password: string };
  campaigns: { river: string; forest: string };
  pages: { green: number; blue: number; red: number; forest: number };
  /** Examples of each kind of person. */
  people: OldPerson[];
  rows: number;
}

const cost = 4;
const pbkdf2Rounds = 1_000;
const config = '{}';

/** Makes a Proca server's database by its description (old-schema.ts) and fills it as a few years of campaigning would. */
export async function makeOldDatabase(settings: OldDatabaseSettings): Promise<OldDatabase> {
  await cryptoReady();
  const client = new Client({ connectionString: settings.url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    for (const statement of oldSchemaStatements()) await client.query(statement);
    await client.query(`set timezone to 'UTC'`);
    const { keys, stores } = await makeOrgs(client);
    const accounts = await makeAccounts(client);
    await makeCampaigns(client);
    await makeTargets(client);
    await makeSources(client);
    const people = new OldPeople(client, { ...settings, keys });
    await people.make();
    await whenDone(client);
    return {
      orgs,
      keys: stores,
      ...accounts,
      campaigns: { river: 'river', forest: 'forest' },
      pages,
      people: people.examples,
      rows: people.rows,
    };
  } finally {
    await client.end();
  }
}

async function makeOrgs(client: Client): Promise<{ keys: OldKeys; stores: OldDatabase['keys'] }> {
  await insertRows(
    client,
    'orgs',
    {
      id: 'bigint',
      name: 'text',
      title: 'text',
      high_security: 'boolean',
      custom_action_deliver: 'boolean',
      config: 'jsonb',
    },
    [
      [orgs.instance, 'instance', 'Our platform', false, false, config],
      [
        orgs.green,
        'greenorg',
        'Green Org',
        false,
        true,
        JSON.stringify({ reminder: { enabled: true, delay_days: '3' } }),
      ],
      [orgs.blue, 'Blue_Org', 'Blue Org', false, true, config],
      [orgs.red, 'redorg', 'Red Org', true, true, config],
    ],
  );
  await insertRows(
    client,
    'services',
    { id: 'bigint', org_id: 'bigint', name: 'text', host: 'text', user: 'text', password: 'text' },
    [[4, orgs.green, 'smtp', 'tls://mail.example.org:587', 'green', 'correct horse']],
  );
  await client.query(`update orgs set email_backend_id = 4, email_from = 'us@example.org' where id = $1`, [orgs.green]);
  const pairs = {
    instance: generateKeyPair(),
    green: generateKeyPair(),
    former: generateKeyPair(),
    red: generateKeyPair(),
  };
  const hex = (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString('hex')}`;
  await insertRows(
    client,
    'public_keys',
    {
      id: 'bigint',
      org_id: 'bigint',
      name: 'text',
      public: 'bytea',
      private: 'bytea',
      active: 'boolean',
      expired: 'boolean',
    },
    [
      [1, orgs.instance, 'instance', hex(pairs.instance.public), hex(pairs.instance.private), true, false],
      [2, orgs.green, 'first', hex(pairs.former.public), null, false, true],
      [3, orgs.green, 'second', hex(pairs.green.public), null, true, false],
      [4, orgs.red, 'red', hex(pairs.red.public), null, true, false],
    ],
  );
  const entry = ({ public: key, private: secret }: { public: Buffer; private: Buffer }) => [
    key.toString('base64url'),
    { private: secret.toString('base64url') },
  ];
  const keys: OldKeys = {
    instance: { id: 1, ...pairs.instance },
    recipients: new Map([
      [orgs.green, { id: 3, public: pairs.green.public }],
      [orgs.red, { id: 4, public: pairs.red.public }],
    ]),
  };
  return {
    keys,
    stores: {
      green: Object.fromEntries([entry(pairs.former), entry(pairs.green)]),
      red: Object.fromEntries([entry(pairs.red)]),
    },
  };
}

async function makeAccounts(client: Client): Promise<Pick<OldDatabase, 'admin' | 'owner' | 'veteran'>> {
  const password = () => `Aa1${randomBytes(9).toString('base64url')}`;
  const { token, hash } = newApiToken();
  const admin = { email: 'admin@example.org', password: password() };
  const owner = { email: 'Owner@greenorg.example.org', password: password(), token };
  const veteran = { email: 'veteran@blue.example.org', password: password() };
  await insertRows(client, 'users', { id: 'bigint', email: 'text', hashed_password: 'text', perms: 'int' }, [
    [1, admin.email, await hashPassword(admin.password, cost), adminMask],
    [2, owner.email, await hashPassword(owner.password, cost), 0],
    [3, veteran.email, pbkdf2Hash(veteran.password), 0],
  ]);
  await insertRows(client, 'staffers', { id: 'bigint', user_id: 'bigint', org_id: 'bigint', perms: 'int' }, [
    [1, 1, orgs.instance, roleMask.owner],
    [2, 2, orgs.green, roleMask.owner],
    [3, 3, orgs.blue, roleMask.owner],
    [4, 2, orgs.blue, roleMask.campaigner],
  ]);
  const session = `\\x${randomBytes(32).toString('hex')}`;
  await insertRows(client, 'users_tokens', { id: 'bigint', user_id: 'bigint', token: 'bytea', context: 'text' }, [
    [1, 2, `\\x${hash.toString('hex')}`, 'api'],
    [2, 2, session, 'session'],
  ]);
  return { admin, owner, veteran };
}

/** `$pbkdf2-DIGEST$ROUNDS$SALT$HASH` of accounts from before bcrypt (email-and-mtt.md §7.1). */
function pbkdf2Hash(password: string): string {
  const salt = randomBytes(16);
  const hash = pbkdf2Sync(password, salt, pbkdf2Rounds, 64, 'sha512');
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '').replaceAll('+', '.');
  return `$pbkdf2-sha512$${pbkdf2Rounds}$${text(salt)}$${text(hash)}`;
}

async function makeCampaigns(client: Client): Promise<void> {
  await insertRows(
    client,
    'campaigns',
    {
      id: 'bigint',
      name: 'text',
      title: 'text',
      org_id: 'bigint',
      status: 'int',
      config: 'jsonb',
      public_actions: 'text[]',
    },
    [
      [campaignIds.river, 'river', 'Save the river', orgs.green, 1, config, '{register:comment}'],
      [campaignIds.forest, 'forest', 'Save the forest', orgs.green, 1, config, '{}'],
      [campaignIds.closed, 'closed_2019', 'Done', null, 2, config, '{}'],
    ],
  );
  await insertRows(
    client,
    'action_pages',
    {
      id: 'bigint',
      name: 'text',
      locale: 'text',
      org_id: 'bigint',
      campaign_id: 'bigint',
      live: 'boolean',
      extra_supporters: 'int',
    },
    [
      [pages.green, 'greenorg/river', 'en', orgs.green, campaignIds.river, true, 1_000],
      [pages.blue, 'blue.example.org/river', 'de_AT', orgs.blue, campaignIds.river, true, 0],
      [pages.red, 'redorg/river', 'pl', orgs.red, campaignIds.river, true, 0],
      [pages.forest, 'greenorg/forest', 'en', orgs.green, campaignIds.forest, true, 0],
    ],
  );
  await insertRows(client, 'mtt', { id: 'bigint', campaign_id: 'bigint', start_at: 'timestamp', end_at: 'timestamp' }, [
    [1, campaignIds.forest, '2024-01-01 08:00', '2044-01-01 18:00'],
  ]);
  const template = [orgs.green, 'thankyou', 'en', 'Thank you', '<p>Thank you, {{firstName}}</p>'];
  await insertRows(
    client,
    'email_templates',
    { id: 'bigint', org_id: 'bigint', name: 'text', locale: 'text', subject: 'text', html: 'text' },
    [[1, ...template]],
  );
  await insertRows(
    client,
    'confirms',
    {
      id: 'bigint',
      operation: 'int',
      subject_id: 'bigint',
      object_id: 'bigint',
      email: 'text',
      code: 'text',
      creator_id: 'bigint',
    },
    [[1, 4, orgs.green, roleMask.campaigner, 'new.hand@example.org', '12345678', 2]],
  );
}

async function makeTargets(client: Client): Promise<void> {
  const numbers = Array.from({ length: targetCount }, (_value, index) => index + 1);
  await insertRows(
    client,
    'targets',
    { id: 'uuid', external_id: 'text', name: 'text', locale: 'text', fields: 'jsonb', campaign_id: 'bigint' },
    numbers.map((number) => [
      targetId(number),
      `mp${number}`,
      `Member ${number}`,
      'en',
      JSON.stringify({ salutation: 'Dear member' }),
      campaignIds.forest,
    ]),
  );
  await insertRows(
    client,
    'target_emails',
    { id: 'bigint', target_id: 'uuid', email: 'text', email_status: 'smallint', error: 'text' },
    numbers.map((number) => [
      number,
      targetId(number),
      `mp${number}@parliament.example.org`,
      number === 3 ? 2 : 0,
      number === 3 ? '550' : null,
    ]),
  );
}

async function makeSources(client: Client): Promise<void> {
  const numbers = Array.from({ length: sourceCount }, (_value, index) => index + 1);
  await insertRows(
    client,
    'sources',
    { id: 'bigint', source: 'text', medium: 'text', campaign: 'text', content: 'text', location: 'text' },
    numbers.map((number) => [number, 'mail', 'news', `spring ${number}`, '', `https://act.example.org/${number}`]),
  );
}
