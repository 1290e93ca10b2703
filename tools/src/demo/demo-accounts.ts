import { Client } from 'pg';
import { hashPassword } from '@groundswell/crypto';
import { adminMask, roleMask } from '@groundswell/domain';

export interface Account {
  email: string;
  password: string;
}

/** Makes the two accounts of the demo, or gives existing ones these passwords. There is no API to register yet. */
export async function ensureAccounts(databaseUrl: string, admin: Account, owner: Account): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const adminId = await ensureUser(client, admin, adminMask);
    await ensureUser(client, owner, 0);
    await client.query(
      `insert into catalog.staffers (user_id, org_id, perms)
       select $1, id, $2 from catalog.orgs where name = 'instance'
       on conflict (org_id, user_id) do update set perms = excluded.perms`,
      [adminId, roleMask.owner],
    );
  } finally {
    await client.end();
  }
}

async function ensureUser(client: Client, { email, password }: Account, perms: number): Promise<number> {
  const { rows } = await client.query<{ id: string }>(
    `insert into catalog.users (email, hashed_password, perms, confirmed_at) values ($1, $2, $3, now())
     on conflict (email) do update set hashed_password = excluded.hashed_password, perms = excluded.perms
     returning id`,
    [email, await hashPassword(password), perms],
  );
  return Number(rows[0]?.id);
}

/** Puts a page online; launching it through the API needs the campaign's confirm. */
export async function makeLive(databaseUrl: string, pageId: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query('update catalog.action_pages set live = true where id = $1 and not live', [pageId]);
  } finally {
    await client.end();
  }
}
