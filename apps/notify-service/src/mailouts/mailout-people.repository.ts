import type { EntityManager } from 'typeorm';
import { byteaArray, int8Array, textArray } from '@groundswell/persistence';
import { AwaitingMessageRepository } from '../awaiting/awaiting-message.repository';

export type PersonState = 'handed_over' | 'left_out' | 'awaiting_opt_in';

export interface MailoutPerson {
  ref: Buffer;
  supporterId: number;
  state: PersonState;
  reason: string | null;
}

/** Erasures looked at again and again, in case one is stored late; who was mailed stays known this long. */
const erasuresOfDays = 30;
export const keepPeopleDays = 400;

/** Who a mailout is for, by reference: each once. */
export class MailoutPeopleRepository {
  constructor(private readonly manager: EntityManager) {}

  /** In this order; of a person with several signatures the first counts, also one under a former reference. Returns the supporters that were new. */
  async addOnce(mailoutId: number, people: readonly MailoutPerson[]): Promise<Set<number>> {
    const rows: { supporterId: number }[] = await this.manager.query(
      `insert into notify.mailout_people (mailout_id, ref, supporter_id, state, reason)
       select $1, p.ref, p.supporter_id, p.state, p.reason
         from unnest($2::bytea[], $3::bigint[], $4::text[], $5::text[]) as p (ref, supporter_id, state, reason)
        where not exists (select from actions.reference_aliases l join notify.mailout_people f on f.ref = l.old_ref
                           where l.new_ref = p.ref and f.mailout_id = $1)
       on conflict (mailout_id, ref) do nothing returning supporter_id as "supporterId"`,
      [
        mailoutId,
        byteaArray(people.map(({ ref }) => ref)),
        int8Array(people.map(({ supporterId }) => supporterId)),
        textArray(people.map(({ state }) => state)),
        textArray(people.map(({ reason }) => reason)),
      ],
    );
    return new Set(rows.map(({ supporterId }) => supporterId));
  }

  /** The reference of somebody erased goes, and after some time everybody's; figures stay. */
  async forget(): Promise<void> {
    // First, while their reference leads to them: else the figures would say that they still wait.
    await new AwaitingMessageRepository(this.manager).endErased(erasuresOfDays);
    await this.manager.query(
      `update notify.mailout_people p set ref = null, supporter_id = null
         from catalog.erasures e, notify.mailouts o
        where e.erased_at > now() - interval '${erasuresOfDays} days' and p.ref = e.ref and o.id = p.mailout_id
          and o.org_id = e.org_id and p.added_at < e.erased_at`,
    );
    await this.manager.query(
      `delete from notify.opt_in_requests r using catalog.erasures e
        where e.erased_at > now() - interval '${erasuresOfDays} days' and r.org_id = e.org_id and r.ref = e.ref
          and r.last_asked_at < e.erased_at`,
    );
    await this.manager.query(
      `update notify.mailout_people p set ref = null, supporter_id = null from notify.mailouts o
        where o.id = p.mailout_id and p.ref is not null and o.ended_at < now() - interval '${keepPeopleDays} days'`,
    );
    await this.manager.query(
      `delete from notify.awaiting_messages a using catalog.erasures e
        where e.erased_at > now() - interval '${erasuresOfDays} days' and a.org_id = e.org_id and a.ref = e.ref
          and a.kept_at < e.erased_at and a.state <> 'awaiting'`,
    );
    await this.manager.query(
      `delete from notify.awaiting_messages
        where state <> 'awaiting' and ended_at < now() - interval '${keepPeopleDays} days'`,
    );
    await this.manager.query(
      `delete from notify.opt_in_requests where last_asked_at < now() - interval '${keepPeopleDays} days'`,
    );
  }
}
