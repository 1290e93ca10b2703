import { emailStatusFromCode } from '@groundswell/domain';
import { emailStatusOf } from '../statuses';
import type { TableCopy } from '../table-copy';
import { text, times, whole } from './column-types';

const targets: TableCopy = {
  from: 'targets',
  to: 'catalog.targets',
  writes: { external_id: text, name: text, locale: text, area: text, fields: 'jsonb', campaign_id: whole, ...times },
  org: { joins: (at) => `left join ${at('campaigns')} c on c.id = t.campaign_id`, column: 'c.org_id' },
};

/** Each address once per target: the first. Their states belong to mtt-service, which has a row only where there is news. */
const targetEmails: TableCopy = {
  from: 'target_emails',
  to: 'catalog.target_emails',
  writes: { target_id: 'uuid', email: text, ...times },
  reads: {
    is_repeated:
      'exists (select from $schema.target_emails f where f.target_id = t.target_id and f.email = t.email and f.id < t.id)',
    email_status: 't.email_status',
    soft_bounce_count: 't.soft_bounce_count',
    error: 't.error',
  },
  judge: (row) => {
    if (row['is_repeated'] === 'true') return 'the target has this address already';
    return row['email_status'] == null || emailStatusOf(row['email_status']) !== null ? null : 'unknown email status';
  },
  derived: {
    table: 'mtt.target_email_states',
    column: 'target_email_id',
    write: (run, column) =>
      run(
        `insert into mtt.target_email_states as o (target_email_id, status, soft_bounce_count, error)
         select id::bigint, status, coalesce(soft::int, 0), error
           from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n (id, status, soft, error)
          where status <> 'none' or coalesce(soft::int, 0) > 0
         on conflict (target_email_id) do update
            set status = excluded.status, soft_bounce_count = excluded.soft_bounce_count, error = excluded.error
          where (o.status, o.soft_bounce_count, o.error)
                is distinct from (excluded.status, excluded.soft_bounce_count, excluded.error)`,
        [
          column('id'),
          column('email_status').map((code) => emailStatusFromCode(Number(emailStatusOf(code) ?? 0))),
          column('soft_bounce_count'),
          column('error'),
        ],
      ),
  },
};

const messageContents: TableCopy = {
  from: 'message_contents',
  to: 'actions.message_contents',
  writes: { subject: text, body: text },
};

/**
 * What was sent stays sent, and is known as such to mtt-service; what waits goes on waiting there, as if a fact had told of it
 * (email-and-mtt.md §5). Ranks follow once all are there (steps/message-ranks.ts).
 */
const messages: TableCopy = {
  from: 'messages',
  to: 'actions.messages',
  writes: { action_id: whole, message_content_id: whole, target_id: 'uuid', files: 'text[]', ...times },
  reads: { sent: 't.sent', delivered: 't.delivered', opened: 't.opened', clicked: 't.clicked' },
  derived: {
    table: 'mtt.message_states',
    column: 'message_id',
    write: (run, column) =>
      run(
        `insert into mtt.message_states as o
           (message_id, action_id, campaign_id, target_id, fingerprint, testing, accepted_at, state, sent_at, delivered,
            opened, clicked)
         select m.id, a.id, a.campaign_id, m.target_id, s.fingerprint, a.testing, a.inserted_at,
                case when n.sent then 'sent' else 'pending' end, case when n.sent then m.updated_at end,
                coalesce(n.delivered, false), coalesce(n.opened, false), coalesce(n.clicked, false)
           from (select id::bigint as id, sent::boolean as sent, delivered::boolean as delivered, opened::boolean as opened,
                        clicked::boolean as clicked
                   from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
                        as n (id, sent, delivered, opened, clicked)) n
           join actions.messages m on m.id = n.id
           join actions.actions a on a.id = m.action_id
           join actions.supporters s on s.id = a.supporter_id
          where a.campaign_id is not null
            and (n.sent or (a.processing_status = 4 and s.processing_status = 3))
          order by m.id
         on conflict (message_id) do update
            set state = excluded.state, sent_at = excluded.sent_at, delivered = excluded.delivered,
                opened = excluded.opened, clicked = excluded.clicked
          where (o.state, o.sent_at, o.delivered, o.opened, o.clicked)
                is distinct from (excluded.state, excluded.sent_at, excluded.delivered, excluded.opened, excluded.clicked)`,
        ['id', 'sent', 'delivered', 'opened', 'clicked'].map(column),
      ),
  },
  org: {
    joins: (at) =>
      `left join ${at('actions')} a on a.id = t.action_id left join ${at('action_pages')} p on p.id = a.action_page_id`,
    column: 'p.org_id',
  },
};

export const targetCopies: TableCopy[] = [targets, targetEmails];
export const messageCopies: TableCopy[] = [messageContents, messages];
