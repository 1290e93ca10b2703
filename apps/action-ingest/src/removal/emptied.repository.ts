import type { EntityManager } from 'typeorm';

/** Ids of catalogue rows whose deletion mark everything accepted before has passed. */
export interface SettledMarks {
  pages: number[];
  campaigns: number[];
  orgs: number[];
}

/** Contacts looked at in one statement. */
const contactsAtOnce = 100_000;

/** Tells the catalogue's owner which marked rows nothing in schema actions names any more. */
export class EmptiedRepository {
  constructor(private readonly manager: EntityManager) {}

  async settledMarks(): Promise<SettledMarks> {
    const rows: { kind: keyof SettledMarks; id: number }[] = await this.manager.query(
      `with settled as (select max(marked_before) as before from catalog.removal_passes
                         where follows is not null and ended_at is not null)
       select 'pages' as kind, p.id from catalog.action_pages p, settled where p.deleted_at < settled.before
       union all
       select 'campaigns', c.id from catalog.campaigns c, settled where c.deleted_at < settled.before
       union all
       select 'orgs', o.id from catalog.orgs o, settled where o.deleted_at < settled.before
       order by id`,
    );
    const of = (kind: keyof SettledMarks) => rows.filter((row) => row.kind === kind).map(({ id }) => id);
    return { pages: of('pages'), campaigns: of('campaigns'), orgs: of('orgs') };
  }

  /** A message somebody may still replay may name anything. */
  async hasParkedSubmissions(queues: string[]): Promise<boolean> {
    const rows: unknown[] = await this.manager.query('select from actions.parked where queue = any($1) limit 1', [
      queues,
    ]);
    return rows.length > 0;
  }

  async note({ pages, campaigns, orgs }: SettledMarks): Promise<void> {
    await this.noteWhere(
      'page',
      pages,
      'not exists (select from actions.actions a where a.action_page_id = marked.id)',
    );
    await this.noteWhere(
      'campaign',
      campaigns,
      'not exists (select from actions.actions a where a.campaign_id = marked.id)',
    );
    await this.removePendingLinks(orgs);
    const without = await this.orgsWithoutRows(orgs);
    for (const id of without) {
      if (!(await this.isKeyOfContacts(id))) await this.noteWhere('org', [id], 'true');
    }
  }

  /** Notes about rows that are gone. */
  async forgetAllBut({ pages, campaigns, orgs }: SettledMarks): Promise<void> {
    await this.manager.query(
      `delete from actions.emptied
        where not (kind = 'page' and row_id = any($1::bigint[]) or kind = 'campaign' and row_id = any($2::bigint[])
                   or kind = 'org' and row_id = any($3::bigint[]))`,
      [pages, campaigns, orgs],
    );
  }

  private async noteWhere(kind: 'page' | 'campaign' | 'org', ids: number[], condition: string): Promise<void> {
    if (ids.length === 0) return;
    await this.manager.query(
      `insert into actions.emptied (kind, row_id)
       select $1, marked.id from unnest($2::bigint[]) as marked (id) where ${condition} on conflict do nothing`,
      [kind, ids],
    );
  }

  /** No contact of such an org will come that they could wait for. */
  private async removePendingLinks(orgIds: number[]): Promise<void> {
    if (orgIds.length === 0) return;
    await this.manager.query('delete from actions.pending_links where org_id = any($1::bigint[])', [orgIds]);
  }

  private async orgsWithoutRows(orgIds: number[]): Promise<number[]> {
    if (orgIds.length === 0) return [];
    const rows: { id: number }[] = await this.manager.query(
      `select marked.id from unnest($1::bigint[]) as marked (id)
        where not exists (select from actions.contacts c where c.org_id = marked.id)
          and not exists (select from actions.outbox o where o.lane = marked.id)
          and not exists (select from actions.emptied e where e.kind = 'org' and e.row_id = marked.id)`,
      [orgIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Whether some contact was encrypted for or signed by a key of the org, whoever's contact it is. No index knows: the
   *  whole table is read, in portions, once for an org that has nothing else left. */
  private async isKeyOfContacts(orgId: number): Promise<boolean> {
    const keys: { id: number }[] = await this.manager.query('select id from catalog.public_keys where org_id = $1', [
      orgId,
    ]);
    if (keys.length === 0) return false;
    const [newest]: { id: number | null }[] = await this.manager.query('select max(id) as id from actions.contacts');
    for (let from = 0; from < (newest?.id ?? 0); from += contactsAtOnce) {
      const rows: unknown[] = await this.manager.query(
        `select from actions.contacts
          where id > $1 and id <= $2 and (public_key_id = any($3::bigint[]) or sign_key_id = any($3::bigint[])) limit 1`,
        [from, from + contactsAtOnce, keys.map(({ id }) => id)],
      );
      if (rows.length > 0) return true;
    }
    return false;
  }
}
