import type { EntityManager } from 'typeorm';
import { int4Array, int8Array, textArray } from '@groundswell/persistence';
import type { TargetShare } from '@groundswell/domain';
import { sourceJoins, unsendableReason } from '../intake/sendable';
import { usableAddress } from './target.read-model';

/** A message with what its mail is made of. */
export interface MessageSource {
  messageId: number;
  actionId: number;
  actionPageId: number;
  fingerprint: Buffer;
  /** The reference that its mail was first asked for under, where the person has another one now. */
  purposeRef: Buffer | null;
  acceptedAt: Date;
  testing: boolean;
  attempts: number;
  /** Why it must not go; null: it may. */
  unsendable: string | null;
  subject: string;
  body: string;
  files: string[];
  firstName: string | null;
  lastName: string | null;
  email: string;
  area: string | null;
  targetId: string;
  targetName: string;
  targetExternalId: string;
  targetLocale: string | null;
  targetArea: string | null;
  targetFields: Record<string, unknown>;
  /** Its usable address; null: none. */
  targetEmailId: number | null;
  targetEmail: string | null;
}

/** What is noted of a message that is asked for. */
export interface Asked {
  messageId: number;
  targetEmailId: number | null;
}

/** A message of which no mail can be made. */
export interface Broken {
  messageId: number;
  error: string;
}

/** Which address of a target a mail goes to: the first that takes mail, or the one it was asked for with, while there is such. */
export type AddressChoice = 'first usable' | 'asked with';

const addressOf: Record<AddressChoice, string> = {
  'first usable': usableAddress('s.target_id'),
  'asked with': `
    select * from (select k.id, k.email from catalog.target_emails k where k.id = s.target_email_id) known
    union all
    select * from (${usableAddress('s.target_id')}) usable
     where not exists (select from catalog.target_emails k where k.id = s.target_email_id)`,
};

/** Takes messages out of waiting, in the transaction that also writes their mail requests. */
export class ClaimRepository {
  constructor(private readonly manager: EntityManager) {}

  /**
   * Locks the first waiting messages of each target, as many as its share says, and never more than its day still allows.
   * `dueAt`: only what was planned for then or earlier. What another transaction holds is left alone.
   */
  async pick(
    campaignId: number,
    shares: readonly TargetShare[],
    limits: { day: string; maxPerDay: number; dueAt: Date | null },
  ): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select s.message_id as id
         from unnest($2::uuid[], $3::int[]) as w (target_id, n)
         left join mtt.target_days d on d.target_id = w.target_id and d.day = $4
        cross join lateral (
          select message_id from mtt.message_states
           where campaign_id = $1 and target_id = w.target_id and state = 'pending' and dupe_rank = 0 and not testing
             and ($6::timestamptz is null or send_after <= $6::timestamptz)
           order by message_id
           limit least(w.n, greatest(0, $5::int - coalesce(d.planned, 0))) for update skip locked) s`,
      [
        campaignId,
        shares.map(({ targetId }) => targetId),
        int4Array(shares.map(({ count }) => count)),
        limits.day,
        limits.maxPerDay,
        limits.dueAt,
      ],
    );
    return rows.map(({ id }) => id);
  }

  /** As everything stands now; also those that must not go. */
  async sources(messageIds: readonly number[], choice: AddressChoice = 'first usable'): Promise<MessageSource[]> {
    return this.manager.query(
      `select s.message_id as "messageId", s.action_id as "actionId", a.action_page_id as "actionPageId", s.fingerprint,
              s.purpose_ref as "purposeRef",
              s.accepted_at as "acceptedAt", s.testing, s.attempts, ${unsendableReason} as unsendable,
              t.subject, t.body, m.files, p.first_name as "firstName", p.last_name as "lastName", p.email, p.area,
              s.target_id as "targetId", g.name as "targetName", g.external_id as "targetExternalId",
              g.locale as "targetLocale", g.area as "targetArea", g.fields as "targetFields",
              ad.id as "targetEmailId", ad.email as "targetEmail"
         from mtt.message_states s ${sourceJoins}
         left join catalog.targets g on g.id = s.target_id and g.deleted_at is null
         left join lateral (${addressOf[choice]}) ad on true
        where s.message_id = any($1::bigint[]) order by s.message_id`,
      [int8Array(messageIds)],
    );
  }

  /** These are handed over now and count for that day. */
  async markSending(
    asked: readonly Asked[],
    at: Date,
    { day, notAfter }: { day: string; notAfter: Date },
  ): Promise<void> {
    await this.manager.query(
      `update mtt.message_states s
          set state = 'sending', target_email_id = g.email_id, planned_on = $3, not_after = $4, asked_at = $5,
              attempts = attempts + 1, repeats = 0, send_after = null, error = null, updated_at = now()
         from unnest($1::bigint[], $2::bigint[]) as g (id, email_id)
        where s.message_id = g.id`,
      [...idsOf(asked), day, notAfter, at],
    );
  }

  /** Counts them for the ceiling, and notes whose turn it was. */
  async countDay(messageIds: readonly number[], day: string, at: Date): Promise<void> {
    await this.manager.query(
      `insert into mtt.target_days as d (target_id, day, planned)
       select target_id, $2, count(*) from mtt.message_states where message_id = any($1::bigint[])
        group by target_id order by target_id
       on conflict (target_id, day) do update set planned = d.planned + excluded.planned`,
      [int8Array(messageIds), day],
    );
    await this.manager.query(
      `with turn as (select target_id from mtt.target_progress
                      where target_id in (select target_id from mtt.message_states where message_id = any($1::bigint[]))
                      order by target_id for update)
       update mtt.target_progress p set planned_at = $2 from turn where turn.target_id = p.target_id`,
      [int8Array(messageIds), at],
    );
  }

  /** Of those that still wait. */
  async fail(broken: readonly Broken[]): Promise<void> {
    if (broken.length === 0) return;
    await this.manager.query(
      `update mtt.message_states s set state = 'failed', error = b.error, send_after = null, updated_at = now()
         from (select w.message_id, g.error
                 from mtt.message_states w join unnest($1::bigint[], $2::text[]) as g (id, error) on w.message_id = g.id
                where w.state = 'pending' order by w.message_id for update of w) b
        where s.message_id = b.message_id`,
      [int8Array(broken.map(({ messageId }) => messageId)), textArray(broken.map(({ error }) => error))],
    );
  }
}

const idsOf = (asked: readonly Asked[]): [Buffer, Buffer] => [
  int8Array(asked.map(({ messageId }) => messageId)),
  int8Array(asked.map(({ targetEmailId }) => targetEmailId)),
];
