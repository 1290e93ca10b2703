import type { Database } from '@groundswell/persistence';

export interface PageActivity {
  lastActionAt: Date;
  /** Where the widget last ran; null when no recent action said. */
  location: string | null;
}

/** Actions looked through for a location, newest first: those without a referer have none. */
const recentActions = 200;

/** When and where a page was last signed on (processing.md §10, page status). */
export class PageActivityReadModel {
  constructor(private readonly database: Database) {}

  /** Pages without an action are left out. */
  async of(pageIds: number[]): Promise<Map<number, PageActivity>> {
    const rows = await this.database.query<PageActivity & { pageId: number }>(
      `select p.id as "pageId", last.inserted_at as "lastActionAt", place.location
         from unnest($1::bigint[]) as p (id)
        cross join lateral (
              select inserted_at from actions.actions a where a.action_page_id = p.id order by a.id desc limit 1) last
         left join lateral (
              select s.location
                from (select a.id, a.source_id from actions.actions a
                       where a.action_page_id = p.id order by a.id desc limit ${recentActions}) recent
                join actions.sources s on s.id = recent.source_id
               where s.location <> '' order by recent.id desc limit 1) place on true`,
      [pageIds],
    );
    return new Map(rows.map(({ pageId, lastActionAt, location }) => [pageId, { lastActionAt, location }]));
  }
}
