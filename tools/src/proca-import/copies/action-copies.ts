import { createHash } from 'node:crypto';
import { copiesClearedAtDeliver } from '@groundswell/domain';
import { actionStatusOf, emailStatusOf, supporterStatusOf } from '../statuses';
import type { Row, TableCopy } from '../table-copy';
import { flag, smallint, text, times, whole } from './column-types';

const ofPage = {
  joins: (at: (table: 'action_pages') => string) => `left join ${at('action_pages')} p on p.id = t.action_page_id`,
  column: 'p.org_id',
};

const sourceParts = ['source', 'medium', 'campaign', 'content', 'location'] as const;

/** The same sum as action-ingest makes, which finds sources by it. */
const sources: TableCopy = {
  from: 'sources',
  to: 'actions.sources',
  writes: { source: text, medium: text, campaign: text, content: text, location: text, hash: 'bytea', ...times },
  reads: { hash: 'null' },
  change: (row) => ({ ...row, hash: sourceHash(row) }),
};

function sourceHash(row: Row): string {
  const key = JSON.stringify(sourceParts.map((part) => row[part] ?? ''));
  return `\\x${createHash('sha256').update(key).digest('hex')}`;
}

const listOf = (kind: { highSecurity: boolean; hasMtt: boolean }): string =>
  `'{${copiesClearedAtDeliver(kind).join(',')}}'`;

/** What goes when the action reaches deliver, as the gateway would have said (processing.md §3.2). */
const clearAtDeliver = `case
  when exists (select from $schema.action_pages p join $schema.orgs g on g.id = p.org_id
                where p.id = t.action_page_id and g.high_security) then ${listOf({ highSecurity: true, hasMtt: false })}
  when exists (select from $schema.mtt m where m.campaign_id = t.campaign_id) then ${listOf({ highSecurity: false, hasMtt: true })}
  else ${listOf({ highSecurity: false, hasMtt: false })} end`;

/**
 * Ranks are counted anew: the old server counted without a lock, so two of a person's signatures could both have 0, and here
 * they cannot (processing.md §5.4). The first accepted one by id has 0; ranks of others are provisional and stay.
 */
const dupeRank = `case when t.processing_status = 3 then
    (select count(*) from $schema.supporters f
      where f.fingerprint = t.fingerprint and f.campaign_id = t.campaign_id and f.processing_status = 3 and f.id < t.id)
  else t.dupe_rank end`;

const supporters: TableCopy = {
  from: 'supporters',
  to: 'actions.supporters',
  writes: {
    campaign_id: whole,
    action_page_id: whole,
    source_id: whole,
    fingerprint: 'bytea',
    first_name: text,
    last_name: text,
    email: text,
    address: text,
    area: text,
    processing_status: smallint,
    email_status: smallint,
    email_status_changed: 'timestamptz',
    dupe_rank: whole,
    clear_at_deliver: 'text[]',
    ...times,
  },
  reads: { dupe_rank: dupeRank, clear_at_deliver: clearAtDeliver },
  judge: ({ processing_status: status, email_status: emailStatus }) => {
    if (supporterStatusOf(status ?? null) === null) return 'unknown processing status';
    return emailStatusOf(emailStatus ?? null) === null ? 'unknown email status' : null;
  },
  change: (row) => ({
    ...row,
    processing_status: supporterStatusOf(row['processing_status'] ?? null),
    email_status: emailStatusOf(row['email_status'] ?? null),
  }),
  makesRoom: { column: 'dupe_rank', placeholder: 'null', beside: 'processing_status' },
  org: ofPage,
};

/** One record per supporter and org here: the latest. A record of an org that is gone can be read by nobody. */
const contacts: TableCopy = {
  from: 'contacts',
  to: 'actions.contacts',
  writes: {
    supporter_id: whole,
    org_id: whole,
    payload: 'bytea',
    crypto_nonce: 'bytea',
    public_key_id: whole,
    sign_key_id: whole,
    communication_consent: flag,
    communication_scopes: 'text[]',
    delivery_consent: flag,
    ...times,
  },
  reads: {
    communication_scopes: `coalesce(t.communication_scopes, '{}')`,
    is_superseded:
      'exists (select from $schema.contacts l where l.supporter_id = t.supporter_id and l.org_id = t.org_id and l.id > t.id)',
  },
  judge: contactFault,
  org: { column: 't.org_id' },
};

function contactFault(row: Row): string | null {
  if (row['org_id'] == null) return 'its org is gone';
  if (row['payload'] == null) return 'no payload';
  if (row['is_superseded'] === 'true') return 'the supporter has a later record of this org';
  const sealing = [row['crypto_nonce'], row['public_key_id'], row['sign_key_id']].filter((part) => part != null);
  return sealing.length === 0 || sealing.length === 3 ? null : 'encrypted, but nonce or a key id is missing';
}

const actions: TableCopy = {
  from: 'actions',
  to: 'actions.actions',
  writes: {
    ref: 'bytea',
    supporter_id: whole,
    action_type: text,
    campaign_id: whole,
    action_page_id: whole,
    source_id: whole,
    with_consent: flag,
    fields: 'jsonb',
    processing_status: smallint,
    testing: flag,
    ...times,
  },
  judge: ({ processing_status: status }) =>
    actionStatusOf(status ?? null) === null ? 'unknown processing status' : null,
  change: (row) => ({ ...row, processing_status: actionStatusOf(row['processing_status'] ?? null) }),
  org: ofPage,
};

const donations: TableCopy = {
  from: 'donations',
  to: 'actions.donations',
  writes: {
    action_id: whole,
    schema: smallint,
    payload: 'jsonb',
    amount: whole,
    currency: text,
    frequency_unit: smallint,
    ...times,
  },
  judge: ({ amount }) => (Number(amount) > 0 ? null : 'amount is not above 0'),
  org: {
    joins: (at) =>
      `left join ${at('actions')} a on a.id = t.action_id left join ${at('action_pages')} p on p.id = a.action_page_id`,
    column: 'p.org_id',
  },
};

export const actionCopies: TableCopy[] = [sources, supporters, contacts, actions, donations];
