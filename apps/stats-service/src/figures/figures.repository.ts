import type { EntityManager } from 'typeorm';
import { int2Array, int8Array, textArray, timestamptzArray } from '@groundswell/persistence';
import type { Figure } from './figure-sums';

export interface PageActivity {
  pageId: number;
  campaignId: number;
  lastActionAt: Date;
  location: string | null;
}

const rowsAtOnce = 5_000;

const figureColumns = `campaign_id as "campaignId", kind::int as kind, id, name, count`;
const pageColumns = `page_id as "pageId", campaign_id as "campaignId", last_action_at as "lastActionAt", location`;

/** The durable counters (docs/adr/0010). All writing begins with `lock`, so one transaction at a time writes. */
export class FiguresRepository {
  constructor(private readonly manager: EntityManager) {}

  /**
   * Until this transaction ends nobody else writes figures, and what is read from now on has all that was written: of a commit
   * whose answer was lost too, which may be under way yet.
   */
  async lock(): Promise<void> {
    await this.manager.query('select from stats.state for update');
  }

  async nextVersion(): Promise<number> {
    const [rows]: [{ version: number }[], number] = await this.manager.query(
      'update stats.state set version = version + 1 returning version',
    );
    return rows[0]?.version ?? 0;
  }

  async state(): Promise<{ version: number; isCounted: boolean }> {
    const rows: { version: number; isCounted: boolean }[] = await this.manager.query(
      'select version, counted_at is not null as "isCounted" from stats.state',
    );
    return rows[0] ?? { version: 0, isCounted: false };
  }

  /** By campaign. */
  async campaignVersions(): Promise<Map<number, number>> {
    const rows: { id: number; version: number }[] = await this.manager.query(
      'select campaign_id as id, version from stats.campaigns where version > 0 order by campaign_id',
    );
    return new Map(rows.map(({ id, version }) => [id, version]));
  }

  async noteCounted(): Promise<void> {
    await this.manager.query('update stats.state set counted_at = coalesce(counted_at, now())');
  }

  /** Returns the counters as they are then. */
  add(figures: readonly Figure[]): Promise<Figure[]> {
    return this.upsert(figures, 'counters.count + excluded.count');
  }

  set(figures: readonly Figure[]): Promise<Figure[]> {
    return this.upsert(figures, 'excluded.count');
  }

  async all(): Promise<Figure[]> {
    return this.manager.query(`select ${figureColumns} from stats.counters`);
  }

  async ofCampaigns(ids: readonly number[]): Promise<Figure[]> {
    return this.manager.query(`select ${figureColumns} from stats.counters where campaign_id = any($1::bigint[])`, [
      int8Array(ids),
    ]);
  }

  async pagesOfCampaigns(ids: readonly number[]): Promise<PageActivity[]> {
    return this.manager.query(`select ${pageColumns} from stats.pages where campaign_id = any($1::bigint[])`, [
      int8Array(ids),
    ]);
  }

  /** Later ones win; a place is kept until another is told. Returns what is known of the pages then. */
  async notePages(pages: readonly PageActivity[]): Promise<PageActivity[]> {
    if (pages.length === 0) return [];
    return this.manager.query(
      `insert into stats.pages as p (page_id, campaign_id, last_action_at, location)
       select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[])
       on conflict (page_id) do update
          set campaign_id = excluded.campaign_id,
              last_action_at = greatest(p.last_action_at, excluded.last_action_at),
              location = case when excluded.last_action_at >= p.last_action_at
                              then coalesce(excluded.location, p.location)
                              else coalesce(p.location, excluded.location) end
       returning ${pageColumns}`,
      [
        int8Array(pages.map(({ pageId }) => pageId)),
        int8Array(pages.map(({ campaignId }) => campaignId)),
        timestamptzArray(pages.map(({ lastActionAt }) => lastActionAt)),
        textArray(pages.map(({ location }) => location)),
      ],
    );
  }

  async noteChanged(campaignIds: readonly number[], version: number): Promise<void> {
    await this.manager.query(
      `insert into stats.campaigns (campaign_id, version, changed_at)
       select id, $2, clock_timestamp() from unnest($1::bigint[]) as c (id)
       on conflict (campaign_id) do update set version = excluded.version, changed_at = excluded.changed_at`,
      [int8Array(campaignIds), version],
    );
  }

  private async upsert(figures: readonly Figure[], count: string): Promise<Figure[]> {
    const written: Figure[] = [];
    for (let from = 0; from < figures.length; from += rowsAtOnce) {
      const part = figures.slice(from, from + rowsAtOnce);
      const rows: Figure[] = await this.manager.query(
        `insert into stats.counters as counters (campaign_id, kind, id, name, count)
         select * from unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::text[], $5::bigint[])
         on conflict (campaign_id, kind, id, name) do update set count = ${count}
         returning ${figureColumns}`,
        [
          int8Array(part.map(({ campaignId }) => campaignId)),
          int2Array(part.map(({ kind }) => kind)),
          int8Array(part.map(({ id }) => id)),
          textArray(part.map(({ name }) => name)),
          int8Array(part.map((figure) => figure.count)),
        ],
      );
      for (const row of rows) written.push(row);
    }
    return written;
  }
}
