import { confirmOperationFromCode } from '@groundswell/domain';
import type { TableCopy } from '../table-copy';
import { bytesOfHex, flag, hexLength, smallint, text, times, whole } from './column-types';

const keyBytes = 32;
const apiTokenBytes = 32;
/** Providers and storages of §1.1: what nothing here can call is not brought. */
const serviceNames = new Set(
  'ses sqs mailjet smtp preview wordpress stripe test_stripe testmail webhook supabase testdetail brevo hubspot mailgun s3'.split(
    ' ',
  ),
);
const contactSchemas = /^[0-3]$/;
const campaignStatuses = /^[0-3]$/;

const keyFault = (key: string | null): boolean => key !== null && hexLength(key) !== keyBytes;

const orgs: TableCopy = {
  from: 'orgs',
  to: 'catalog.orgs',
  // Backends follow once the services are there (steps/org-backends.ts).
  writes: {
    name: 'citext',
    title: text,
    contact_schema: smallint,
    action_schema_version: smallint,
    high_security: flag,
    doi_thank_you: flag,
    email_from: text,
    reply_enabled: flag,
    sender_rewrite: flag,
    supporter_confirm: flag,
    supporter_confirm_template: text,
    custom_supporter_confirm: flag,
    custom_action_confirm: flag,
    custom_action_deliver: flag,
    custom_event_deliver: flag,
    config: 'jsonb',
    ...times,
  },
  judge: ({ contact_schema: schema }) => (contactSchemas.test(schema ?? '') ? null : 'unknown contact schema'),
  makesRoom: { column: 'name', placeholder: `'~' || o.id` },
};

const services: TableCopy = {
  from: 'services',
  to: 'catalog.services',
  writes: {
    org_id: whole,
    name: text,
    host: text,
    user: text,
    password: text,
    path: text,
    sending_from: text,
    transactional_email_budget: whole,
    ...times,
  },
  sealed: { column: 'password', bytesOf: (password) => Buffer.from(password) },
  judge: ({ name }) => (serviceNames.has(name ?? '') ? null : 'unknown kind of service'),
  org: { column: 't.org_id' },
};

/** The private half comes for the instance org alone, which signs with it. Of several active keys the latest is used (§4.3). */
const publicKeys = (instanceOrg: string): TableCopy => ({
  from: 'public_keys',
  to: 'catalog.public_keys',
  writes: { org_id: whole, name: text, public: 'bytea', private: text, active: flag, expired: flag, ...times },
  reads: {
    private: `case when exists (select from $schema.orgs i where i.id = t.org_id and i.name = ${instanceOrg}) then t.private end`,
    active: `t.active and not exists (select from $schema.public_keys k where k.org_id = t.org_id and k.active
               and (k.inserted_at, k.id) > (t.inserted_at, t.id))`,
  },
  sealed: { column: 'private', bytesOf: bytesOfHex },
  judge: (row) => {
    if (row['public'] == null || keyFault(row['public'])) return 'public key is not of 32 bytes';
    return keyFault(row['private'] ?? null) ? 'private key is not of 32 bytes' : null;
  },
  makesRoom: { column: 'active', placeholder: 'false' },
  org: { column: 't.org_id' },
});

const users: TableCopy = {
  from: 'users',
  to: 'catalog.users',
  writes: {
    email: 'citext',
    external_id: text,
    hashed_password: text,
    confirmed_at: 'timestamptz',
    perms: whole,
    picture_url: text,
    job_title: text,
    phone: text,
    ...times,
  },
  makesRoom: { column: 'email', placeholder: `'~' || o.id` },
};

/** API tokens only: sessions are signed by the old server, and mailed links are asked for again. */
const usersTokens: TableCopy = {
  from: 'users_tokens',
  to: 'catalog.users_tokens',
  only: `t.context = 'api'`,
  writes: {
    user_id: whole,
    token: 'bytea',
    context: text,
    sent_to: text,
    inserted_at: 'timestamptz',
    last_seen_at: 'timestamptz',
  },
  // The old server moves this time with every use (processing.md §10).
  reads: { last_seen_at: 't.inserted_at' },
  judge: ({ token }) => (hexLength(token ?? null) === apiTokenBytes ? null : 'token is no SHA-256 sum'),
};

const staffers: TableCopy = {
  from: 'staffers',
  to: 'catalog.staffers',
  writes: { user_id: whole, org_id: whole, perms: whole, last_signin_at: 'timestamptz', ...times },
  org: { column: 't.org_id' },
};

const emailTemplates: TableCopy = {
  from: 'email_templates',
  to: 'catalog.email_templates',
  writes: { org_id: whole, name: text, locale: text, subject: text, html: text, text, external_id: text, ...times },
  org: { column: 't.org_id' },
};

const campaigns: TableCopy = {
  from: 'campaigns',
  to: 'catalog.campaigns',
  writes: {
    name: 'citext',
    external_id: whole,
    title: text,
    org_id: whole,
    status: smallint,
    force_delivery: flag,
    public_actions: 'text[]',
    transient_actions: 'text[]',
    contact_schema: smallint,
    config: 'jsonb',
    supporter_confirm: flag,
    supporter_confirm_template: text,
    action_confirm: flag,
    start_date: 'date',
    end_date: 'date',
    ...times,
  },
  judge: ({ contact_schema: schema, status }) => {
    if (!contactSchemas.test(schema ?? '')) return 'unknown contact schema';
    return campaignStatuses.test(status ?? '') ? null : 'unknown status';
  },
  makesRoom: { column: 'name', placeholder: `'~' || o.id` },
  org: { column: 't.org_id' },
};

/** One per campaign here: the latest. */
const mtt: TableCopy = {
  from: 'mtt',
  to: 'catalog.mtt',
  writes: {
    campaign_id: whole,
    start_at: 'timestamptz',
    end_at: 'timestamptz',
    stats: 'jsonb',
    message_template: text,
    test_email: text,
    cc_contacts: 'text[]',
    cc_sender: flag,
    max_emails_per_hour: whole,
    timezone: text,
    drip_delivery: flag,
    ...times,
  },
  reads: {
    timezone: `coalesce(t.timezone, 'Etc/UTC')`,
    drip_delivery: 'coalesce(t.drip_delivery, true)',
    is_superseded: 'exists (select from $schema.mtt l where l.campaign_id = t.campaign_id and l.id > t.id)',
    is_backwards: 't.end_at <= t.start_at',
  },
  judge: (row) => {
    if (row['is_superseded'] === 'true') return 'the campaign has later settings';
    return row['is_backwards'] === 'true' ? 'ends before it starts' : null;
  },
  org: { joins: (at) => `left join ${at('campaigns')} c on c.id = t.campaign_id`, column: 'c.org_id' },
};

const actionPages: TableCopy = {
  from: 'action_pages',
  to: 'catalog.action_pages',
  writes: {
    name: 'citext',
    locale: text,
    org_id: whole,
    campaign_id: whole,
    delivery: flag,
    live: flag,
    extra_supporters: whole,
    thank_you_template: text,
    supporter_confirm_template: text,
    duplicate_template: text,
    config: 'jsonb',
    ...times,
  },
  makesRoom: { column: 'name', placeholder: `'~' || o.id` },
  org: { column: 't.org_id' },
};

/** Who opens a code of §5.6; the mails about all old ones were asked for by the old server. */
const confirms: TableCopy = {
  from: 'confirms',
  to: 'catalog.confirms',
  writes: {
    operation: smallint,
    subject_id: whole,
    object_id: whole,
    email: text,
    code: text,
    charges: whole,
    message: text,
    creator_id: whole,
    ...times,
  },
  judge: ({ operation }) => confirmFault(operation ?? null),
  derived: {
    table: 'notify.confirms',
    column: 'confirm_id',
    write: (run, column) =>
      run(
        `insert into notify.confirms (confirm_id, outcome)
         select id::bigint, 'of the old server' from unnest($1::text[]) as n (id) on conflict do nothing`,
        [column('id')],
      ),
  },
};

function confirmFault(operation: string | null): string | null {
  if (operation === null || !/^[0-4]$/.test(operation)) return 'unknown operation';
  // Here they belong to one action and its message (§5.6): the old server has no way to make one.
  return confirmOperationFromCode(Number(operation)) === 'confirm_action' ? 'code of a single action' : null;
}

export const catalogueCopies = (instanceOrg: string): TableCopy[] => [
  orgs,
  services,
  publicKeys(instanceOrg),
  users,
  usersTokens,
  staffers,
  emailTemplates,
  campaigns,
  mtt,
  actionPages,
  confirms,
];
