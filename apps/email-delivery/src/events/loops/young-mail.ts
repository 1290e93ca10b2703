import type { Database } from '@groundswell/persistence';

/** Whether a provider may still have something to say of any mail: one that did not fail is younger than 30 days. */
export async function hasYoungMail(database: Pick<Database, 'query'>): Promise<boolean> {
  const rows = await database.query<{ isYoung: boolean }>(
    `select created_at > now() - interval '30 days' as "isYoung" from mail.deliveries where state <> 'failed'
      order by id desc limit 1`,
  );
  return rows[0]?.isYoung ?? false;
}
