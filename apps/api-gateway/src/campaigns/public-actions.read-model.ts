import type { CustomFields } from '@groundswell/domain';
import type { EntityManager } from 'typeorm';

export interface PublicActionsQuery {
  campaignId: number;
  actionType: string;
  limit: number;
}

export interface PublicActionRecord {
  actionId: number;
  actionType: string;
  insertedAt: Date;
  area: string | null;
  fields: CustomFields;
}

/** Actions everybody may see, each list newest first. The condition is that of the index actions_public. */
export class PublicActionsReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** One list for each query, in their order. */
  async newest(queries: PublicActionsQuery[]): Promise<PublicActionRecord[][]> {
    const rows: (PublicActionRecord & { query: number })[] = await this.manager.query(
      `select q.query::int, found.*
         from unnest($1::bigint[], $2::text[], $3::int[]) with ordinality as q (campaign_id, action_type, size, query)
        cross join lateral (
          select a.id as "actionId", a.action_type as "actionType", a.inserted_at as "insertedAt", s.area, a.fields
            from actions.actions a join actions.supporters s on s.id = a.supporter_id
           where a.campaign_id = q.campaign_id and a.action_type = q.action_type
             and a.processing_status in (3, 4) and not a.testing and a.supporter_id is not null
           order by a.id desc limit q.size) as found
        order by q.query, found."actionId" desc`,
      [
        queries.map(({ campaignId }) => campaignId),
        queries.map(({ actionType }) => actionType),
        queries.map(({ limit }) => limit),
      ],
    );
    const lists: PublicActionRecord[][] = queries.map(() => []);
    for (const { query, ...action } of rows) lists[query - 1]?.push(action);
    return lists;
  }
}
