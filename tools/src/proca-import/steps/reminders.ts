import type { Target } from '../target';

const defaultDelayDays = 2;
const defaultMaxCount = 3;

/** A whole number of `config.reminder`, given as such or as text (email-and-mtt.md §3.3). */
const setting = (name: string, byDefault: number): string =>
  `case when g.config->'reminder'->>'${name}' ~ '^\\s*\\d{1,4}\\s*$' then (g.config->'reminder'->>'${name}')::int else ${byDefault} end`;

/**
 * Reminders the old server has sent by now, noted as asked for, so that nobody gets them again. It keeps no record of its own: reminder n
 * was due n delays after the action. Returns rows added.
 */
export const noteSentReminders = (target: Target): Promise<number> =>
  target.inTransaction(() =>
    target.run(
      `insert into notify.reminders (action_id, number, org_id, asked_at)
       select u.action_id, n.number, p.org_id, u.inserted_at + n.number * r.delay * interval '1 day'
         from actions.unconfirmed u
         join catalog.action_pages p on p.id = u.action_page_id
         join catalog.orgs g on g.id = p.org_id and g.config->'reminder'->>'enabled' = 'true'
        cross join lateral (select ${setting('delay_days', defaultDelayDays)} as delay,
                                   ${setting('max_count', defaultMaxCount)} as most) r
        cross join lateral generate_series(1, r.most) as n (number)
        where u.inserted_at + n.number * r.delay * interval '1 day' <= now()
       on conflict do nothing`,
      [],
    ),
  );
