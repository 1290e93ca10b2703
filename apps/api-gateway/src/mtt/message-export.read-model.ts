import type { Database } from '@groundswell/persistence';

export interface MessageSelection {
  targetIds: string[];
  /** Also what is not sent since its sender wrote to the target before, or cancelled. */
  duplicates: boolean;
  /** Null: both. */
  sent: boolean | null;
  /** Only of supporters of whom this org has a contact record; null: of all. */
  recordsOf: number | null;
}

export interface ExportedMessage {
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  area: string | null;
  campaignName: string;
  targetName: string;
  subject: string;
  body: string;
  createdAt: Date;
}

interface Place {
  at: Date;
  id: number;
}

/** Ids read by one statement: it sorts all that follow. */
const idsAtOnce = 20_000;
/** Messages read by one statement; a body has up to 10 240 characters. */
const rowsAtOnce = 200;

const startOfAll: Place = { at: new Date(0), id: 0 };

/** Messages to targets in order of their actions' time. Holds neither a connection nor more than one part of them. */
export class MessageExportReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Targets with this address, of campaigns the org leads. */
  async targetsByEmail(orgId: number, email: string, campaignId: number | null): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `select distinct t.id from catalog.target_emails e
         join catalog.targets t on t.id = e.target_id and t.deleted_at is null
         join catalog.campaigns c on c.id = t.campaign_id and c.deleted_at is null
        where e.email = $2 and c.org_id = $1 and ($3::bigint is null or c.id = $3)`,
      [orgId, email, campaignId],
    );
    return rows.map(({ id }) => id);
  }

  async targetsById(orgId: number, targetId: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `select t.id from catalog.targets t join catalog.campaigns c on c.id = t.campaign_id and c.deleted_at is null
        where t.id = $2 and t.deleted_at is null and c.org_id = $1`,
      [orgId, targetId],
    );
    return rows.map(({ id }) => id);
  }

  /** Never an empty part. */
  async *parts(selection: MessageSelection): AsyncGenerator<ExportedMessage[]> {
    for (let after = startOfAll; ;) {
      const places = await this.places(selection, after);
      for (let from = 0; from < places.length; from += rowsAtOnce) {
        const ids = places.slice(from, from + rowsAtOnce).map(({ id }) => id);
        const messages = await this.messages(ids, selection.recordsOf);
        if (messages.length > 0) yield messages;
      }
      const last = places.at(-1);
      if (!last || places.length < idsAtOnce) return;
      after = last;
    }
  }

  private places({ targetIds, duplicates, sent }: MessageSelection, { at, id }: Place): Promise<Place[]> {
    return this.database.query(
      `select message_id as id, accepted_at as at from mtt.message_states
        where target_id = any($1::uuid[]) and not testing and ($2::boolean or dupe_rank = 0)
          and ($3::boolean is null or (state = 'sent') = $3) and (accepted_at, message_id) > ($4, $5)
        order by accepted_at, message_id limit ${idsAtOnce}`,
      [targetIds, duplicates, sent, at, id],
    );
  }

  private messages(ids: number[], recordsOf: number | null): Promise<ExportedMessage[]> {
    return this.database.query(
      `select p.first_name as "firstName", p.last_name as "lastName", p.email, p.area, c.name as "campaignName",
              t.name as "targetName", mc.subject, mc.body, a.inserted_at as "createdAt"
         from unnest($1::bigint[]) with ordinality as listed (id, position)
         join actions.messages m on m.id = listed.id
         join actions.message_contents mc on mc.id = m.message_content_id
         join actions.actions a on a.id = m.action_id
         join actions.supporters p on p.id = a.supporter_id
         join catalog.targets t on t.id = m.target_id
         join catalog.campaigns c on c.id = a.campaign_id
        where $2::bigint is null
           or exists (select from actions.contacts r where r.supporter_id = p.id and r.org_id = $2)
        order by listed.position`,
      [ids, recordsOf],
    );
  }
}
