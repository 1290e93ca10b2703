import type { EntityManager } from 'typeorm';
import { mailingKey } from '@groundswell/contracts';

/** A row normally waits for less than a second. */
const youngFor = '1 minute';

/** Recipients in messages that wait to be published, while the broker is away: who is erased meanwhile is taken out. A row that is being
 *  published just now is left to email-delivery, which looks again. */
export class ErasedRecipients {
  constructor(private readonly manager: EntityManager) {}

  async forget(): Promise<void> {
    const isErased = `exists (select from catalog.erasures e
      where e.org_id = (o.message ->> 'orgId')::bigint and e.erased_at > (r.one ->> 'acceptedAt')::timestamptz
        and e.ref = decode(rpad(translate(r.one ->> 'contactRef', '-_', '+/'),
                                4 * ceil(length(r.one ->> 'contactRef') / 4.0)::int, '='), 'base64'))`;
    await this.manager.query(
      `with waiting as (
         select id, body::jsonb as message from notify.outbox
          where routing_key = $1 and created_at < now() - interval '${youngFor}'
            and (claimed_until is null or claimed_until < now())
            for update skip locked
       ), kept as (
         select o.id, o.message, coalesce(jsonb_agg(r.one order by r.place) filter (where not ${isErased}), '[]') as recipients
           from waiting o cross join jsonb_array_elements(o.message -> 'recipients') with ordinality r (one, place)
          group by o.id, o.message
       ) update notify.outbox o set body = jsonb_set(kept.message, '{recipients}', kept.recipients)::text
           from kept where o.id = kept.id and jsonb_array_length(kept.recipients) < jsonb_array_length(kept.message -> 'recipients')`,
      [mailingKey('recipients')],
    );
  }
}
