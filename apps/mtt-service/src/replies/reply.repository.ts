import type { EntityManager } from 'typeorm';
import type { MttReplyV1 } from '@groundswell/contracts';
import { preparedQuery } from '@groundswell/persistence';
import type { ReadReply } from './reply-reader';

/** Kept of one message: whoever has the address may write to it. */
export const mostReplies = 20;

/** `none`: there is no such message, its person was erased, or it has been answered too often. */
export type StoredReply = 'stored' | 'known' | 'none';

/** What targets answered. In the caller's transaction. */
export class ReplyRepository {
  constructor(private readonly manager: EntityManager) {}

  /** For the lead of the message's campaign. */
  async store({ id, messageId, receivedAt }: MttReplyV1, { subject, text, isCut }: ReadReply): Promise<StoredReply> {
    const stored = await preparedQuery(
      this.manager,
      `insert into mtt.replies (id, message_id, org_id, campaign_id, action_id, target_id, fingerprint, accepted_at, received_at,
                                subject, body, is_cut)
       select $1::uuid, m.message_id, c.org_id, m.campaign_id, m.action_id, m.target_id, m.fingerprint, m.accepted_at,
              $3::timestamptz, $4::text, $5::text, $6::boolean
         from mtt.message_states m join catalog.campaigns c on c.id = m.campaign_id
        where m.message_id = $2 and not m.testing and c.org_id is not null
          and not exists (select from catalog.erasures e
                           where e.org_id = c.org_id and e.ref = m.fingerprint and e.erased_at > m.accepted_at)
          and (select count(*) from mtt.replies r where r.message_id = $2) < ${mostReplies}
       on conflict (id) do nothing returning id`,
      [id, messageId, receivedAt, subject, text, isCut],
    );
    if (stored.length > 0) return 'stored';
    const known = await preparedQuery(this.manager, 'select id from mtt.replies where id = $1', [id]);
    return known.length > 0 ? 'known' : 'none';
  }

  /** What is too old, and what its org had erased: found by person, of whom there are fewer than answers. */
  async forget(keepDays: number): Promise<number> {
    const old = await preparedQuery(
      this.manager,
      `delete from mtt.replies where received_at < now() - $1 * interval '1 day' returning id`,
      [keepDays],
    );
    const erased = await preparedQuery(
      this.manager,
      `delete from mtt.replies where id in (
         select r.id from catalog.erasures e
          cross join lateral (select id, org_id, accepted_at from mtt.replies where fingerprint = e.ref offset 0) r
          where r.org_id = e.org_id and r.accepted_at < e.erased_at)
       returning id`,
      [],
    );
    return old.length + erased.length;
  }
}
