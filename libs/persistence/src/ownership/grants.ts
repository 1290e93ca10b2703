/** Who writes and who reads each table. The source of the GRANTs; docs/data-ownership.md says the same for people. */
export interface TableOwnership {
  table: string;
  writer: ServiceRole;
  readers: ServiceRole[];
  /** Number of the migration that grants it. */
  since: number;
}

export type ServiceRole =
  'gs_gateway' | 'gs_ingest' | 'gs_topology' | 'gs_notify' | 'gs_mail' | 'gs_stats' | 'gs_mtt' | 'gs_forwarder';

export const serviceRoles: ServiceRole[] = [
  'gs_gateway',
  'gs_ingest',
  'gs_topology',
  'gs_notify',
  'gs_mail',
  'gs_stats',
  'gs_mtt',
  'gs_forwarder',
];

/** The migration that grants what the first three made. */
const firstGrants = 4;

const owned = (
  schema: string,
  writer: ServiceRole,
  tables: Record<string, ServiceRole[]>,
  since = firstGrants,
): TableOwnership[] =>
  Object.entries(tables).map(([table, readers]) => ({ table: `${schema}.${table}`, writer, readers, since }));

const inbox = { outbox: [], outbox_sent: [], parked: [], attempts: [], leases: [] };
const jobs: Record<string, ServiceRole[]> = {
  jobs: ['gs_gateway'],
  job_keys: [],
  job_schedules: ['gs_gateway'],
  job_pauses: ['gs_gateway'],
  job_workers: ['gs_gateway'],
};
const everyone: ServiceRole[] = ['gs_ingest', 'gs_topology'];

const tables: TableOwnership[] = [
  ...owned('catalog', 'gs_gateway', {
    orgs: everyone,
    services: everyone,
    campaigns: everyone,
    action_pages: everyone,
    public_keys: everyone,
    mtt: everyone,
    targets: everyone,
    email_templates: everyone,
    catalogue_version: everyone,
    catalogue_changes: everyone,
    erasures: ['gs_ingest'],
    target_emails: [],
    users: [],
    users_tokens: [],
    staffers: [],
    confirms: [],
    audit_log: [],
    ...inbox,
  }),
  ...owned('actions', 'gs_ingest', {
    supporters: ['gs_gateway'],
    contacts: ['gs_gateway'],
    actions: ['gs_gateway'],
    donations: ['gs_gateway'],
    sources: ['gs_gateway'],
    messages: ['gs_gateway'],
    message_contents: ['gs_gateway'],
    submissions: ['gs_gateway'],
    action_confirms: ['gs_gateway'],
    followup_items: ['gs_gateway'],
    supporter_refs: [],
    pending_links: [],
    counter_numbers: [],
    replicas: [],
    ...inbox,
  }),
  ...owned('topology', 'gs_topology', {
    queue_sets: ['gs_gateway', 'gs_ingest'],
    broker_users: [],
    ...inbox,
  }),
  ...owned('topology', 'gs_topology', { losses: ['gs_ingest'], queue_marks: [] }, 5),
  ...owned('actions', 'gs_ingest', { requeued_losses: [], requeue_candidates: [], requeues: [] }, 6),
  ...owned('catalog', 'gs_gateway', { removal_passes: ['gs_ingest'] }, 7),
  ...owned('actions', 'gs_ingest', { passed_marks: ['gs_gateway'], emptied: ['gs_gateway'] }, 7),
  ...owned('catalog', 'gs_gateway', { captcha_checks: [], transactional_budget_resets: [] }, 12),
  ...owned('actions', 'gs_ingest', { erasure_receipts: ['gs_gateway'], answered_requests: ['gs_gateway'] }, 10),
  ...owned('catalog', 'gs_gateway', { account_addresses: ['gs_notify'] }, 13),
  ...owned('notify', 'gs_notify', { confirms: [], ...inbox }, 13),
  ...owned('mail', 'gs_mail', { deliveries: [], previews: ['gs_gateway'], ...inbox }, 14),
  ...owned(
    'mail',
    'gs_mail',
    {
      webhooks: [],
      events: ['gs_gateway'],
      failures: ['gs_gateway'],
      suppressions: ['gs_gateway'],
      complaints: [],
      contact_seen: [],
      loops: [],
    },
    15,
  ),
  ...owned('mail', 'gs_mail', { mailings: ['gs_gateway'], mailing_batches: ['gs_gateway'], mailing_parts: [] }, 16),
  ...owned('actions', 'gs_ingest', { retention_runs: [], unconfirmed: ['gs_notify'] }, 17),
  ...owned('notify', 'gs_notify', { reminders: [], reminder_runs: [] }, 17),
  ...owned('mail', 'gs_mail', { delivery_states: ['gs_gateway'] }, 20),
  ...owned('mail', 'gs_mail', { transactional_use: ['gs_gateway'] }, 19),
  ...owned('mail', 'gs_mail', { target_mails: [] }, 24),
  ...owned(
    'stats',
    'gs_stats',
    {
      counters: ['gs_gateway'],
      campaigns: ['gs_gateway'],
      pages: ['gs_gateway'],
      partitions: ['gs_gateway'],
      pending_deltas: ['gs_gateway'],
      state: ['gs_gateway'],
      drifts: [],
      recount_runs: [],
      ...inbox,
    },
    21,
  ),
  ...owned(
    'mtt',
    'gs_mtt',
    {
      message_states: ['gs_gateway', 'gs_mail'],
      target_email_states: ['gs_gateway'],
      target_days: ['gs_gateway'],
      target_progress: ['gs_gateway'],
      campaign_hours: [],
      sweeps: [],
      ...inbox,
    },
    22,
  ),
  ...owned(
    'forwarder',
    'gs_forwarder',
    { pushes: ['gs_gateway'], push_attempts: ['gs_gateway'], endpoints: ['gs_gateway'], ...inbox },
    26,
  ),
  ...owned(
    'topology',
    'gs_topology',
    { crm_credential_states: ['gs_gateway'], crm_credentials: [], queue_alerts: [] },
    27,
  ),
  ...owned('actions', 'gs_ingest', { outbox_lanes: ['gs_gateway'] }, 27),
  ...owned('actions', 'gs_ingest', jobs, 28),
  ...owned('notify', 'gs_notify', jobs, 28),
  ...owned('stats', 'gs_stats', jobs, 28),
  ...owned('actions', 'gs_ingest', { attachments: ['gs_gateway'], object_removals: [] }, 29),
  ...owned(
    'actions',
    'gs_ingest',
    {
      uploads: ['gs_gateway'],
      upload_errors: ['gs_gateway'],
      upload_client_ids: [],
      upload_references: ['gs_gateway'],
      late_references: ['gs_gateway'],
    },
    30,
  ),
  ...owned(
    'actions',
    'gs_ingest',
    { enrichments: ['gs_gateway'], enrichment_quotas: ['gs_gateway'], enrichment_usage: ['gs_gateway'] },
    31,
  ),
  ...owned('stats', 'gs_stats', { reports: ['gs_gateway'] }, 35),
  ...owned('catalog', 'gs_gateway', { jobs: [], job_keys: [], job_schedules: [], job_pauses: [], job_workers: [] }, 35),
  ...owned(
    'notify',
    'gs_notify',
    {
      mailouts: ['gs_gateway'],
      mailout_people: ['gs_gateway'],
      awaiting_messages: ['gs_gateway'],
      opt_in_requests: [],
      follow_up_reminders: [],
      mailout_controls: ['gs_mail'],
    },
    34,
  ),
  ...owned(
    'notify',
    'gs_notify',
    { rules: ['gs_gateway'], rule_firings: ['gs_gateway'], rule_book: [], rule_counters: [] },
    33,
  ),
  ...owned('actions', 'gs_ingest', { undecided: ['gs_notify'], action_places: ['gs_notify'] }, 33),
  ...owned('mtt', 'gs_mtt', { answered_messages: ['gs_notify'] }, 33),
  ...owned(
    'actions',
    'gs_ingest',
    { mailable_people: ['gs_notify'], unmailable_people: ['gs_mail'], unconsented_people: ['gs_mail'] },
    34,
  ),
  ...owned(
    'actions',
    'gs_ingest',
    { detail_lookups: ['gs_gateway'], detail_backends: ['gs_gateway'], open_followups: ['gs_notify'] },
    32,
  ),
  ...owned('actions', 'gs_ingest', { reference_aliases: ['gs_gateway', 'gs_mtt', 'gs_notify'] }, 37),
  ...owned('mail', 'gs_mail', { address_key: [] }, 38),
  ...owned('mtt', 'gs_mtt', { replies: ['gs_gateway'] }, 32),
  ...owned(
    'topology',
    'gs_topology',
    { waiting_work: ['gs_gateway'], work_done: [], queue_samples: ['gs_gateway'] },
    36,
  ),
  ...owned('notify', 'gs_notify', { answered_requests: [] }, 36),
  ...owned('stats', 'gs_stats', { answered_requests: [] }, 36),
  ...owned('actions', 'gs_ingest', { consumer_pauses: [] }, 36),
  ...owned('notify', 'gs_notify', { consumer_pauses: [] }, 36),
  ...owned('mail', 'gs_mail', { consumer_pauses: [] }, 36),
  ...owned('stats', 'gs_stats', { consumer_pauses: [] }, 36),
  ...owned('mtt', 'gs_mtt', { consumer_pauses: [] }, 36),
  ...owned('forwarder', 'gs_forwarder', { consumer_pauses: [] }, 36),
  ...owned('topology', 'gs_topology', { consumer_pauses: [] }, 36),
];

/** What the in-memory catalogue is read from. */
const catalogueTables = [
  'catalog.orgs',
  'catalog.services',
  'catalog.campaigns',
  'catalog.action_pages',
  'catalog.public_keys',
  'catalog.mtt',
  'catalog.targets',
  'catalog.email_templates',
  'catalog.catalogue_version',
  'catalog.catalogue_changes',
];

/** Services that came after the tables they read. */
const laterReaders: { role: ServiceRole; tables: string[]; since: number }[] = [
  {
    role: 'gs_notify',
    tables: [...catalogueTables, 'catalog.erasures', 'catalog.staffers', 'catalog.confirms', 'topology.queue_sets'],
    since: 13,
  },
  {
    role: 'gs_mail',
    tables: [...catalogueTables, 'catalog.erasures', 'catalog.transactional_budget_resets', 'topology.queue_sets'],
    since: 14,
  },
  {
    role: 'gs_stats',
    tables: [
      ...catalogueTables,
      'catalog.erasures',
      'topology.queue_sets',
      'actions.actions',
      'actions.supporters',
      'actions.sources',
      'actions.counter_numbers',
    ],
    since: 21,
  },
  {
    role: 'gs_mtt',
    tables: [
      ...catalogueTables,
      'catalog.erasures',
      'catalog.target_emails',
      'topology.queue_sets',
      'actions.actions',
      'actions.supporters',
      'actions.messages',
      'actions.message_contents',
    ],
    since: 22,
  },
  { role: 'gs_mail', tables: ['catalog.target_emails'], since: 22 },
  { role: 'gs_mail', tables: ['stats.counters'], since: 24 },
  { role: 'gs_ingest', tables: ['mtt.message_states'], since: 25 },
  {
    role: 'gs_forwarder',
    tables: [
      ...catalogueTables,
      'catalog.erasures',
      'catalog.staffers',
      'catalog.account_addresses',
      'topology.queue_sets',
    ],
    since: 26,
  },
  { role: 'gs_gateway', tables: ['forwarder.parked'], since: 26 },
  {
    role: 'gs_notify',
    tables: [
      'stats.counters',
      'stats.state',
      'mtt.message_states',
      'mail.transactional_use',
      'catalog.transactional_budget_resets',
      'actions.enrichment_quotas',
      'actions.enrichment_usage',
    ],
    since: 33,
  },
  { role: 'gs_notify', tables: ['mail.mailings'], since: 34 },
  {
    role: 'gs_stats',
    tables: [
      'catalog.staffers',
      'catalog.account_addresses',
      'actions.contacts',
      'actions.donations',
      'actions.erasure_receipts',
      'mtt.message_states',
      'mail.delivery_states',
    ],
    since: 35,
  },
  {
    role: 'gs_gateway',
    tables: ['actions.parked', 'notify.parked', 'mail.parked', 'stats.parked', 'mtt.parked', 'topology.parked'],
    since: 36,
  },
];

const laterReadersOf = (table: string): ServiceRole[] =>
  laterReaders.filter(({ tables: read }) => read.includes(table)).map(({ role }) => role);

export const tableOwnership: TableOwnership[] = tables.map((row) => ({
  ...row,
  readers: [...row.readers, ...laterReadersOf(row.table)],
}));

const schemaOf = (table: string): string => table.slice(0, table.indexOf('.'));

/** Statements that make the database refuse what the table above does not list, for the tables of one migration. */
export function grantStatements(since = firstGrants): string[] {
  const granted = tables.filter((row) => row.since === since);
  const schemas = [...new Set(granted.map((row) => schemaOf(row.table)))];
  const statements: string[] = [];
  for (const schema of schemas) {
    const rows = granted.filter((row) => schemaOf(row.table) === schema);
    const users = new Set(rows.flatMap((row) => [row.writer, ...row.readers]));
    for (const role of users) statements.push(`grant usage on schema ${schema} to ${role}`);
    for (const writer of new Set(rows.map((row) => row.writer))) {
      statements.push(`grant usage, select on all sequences in schema ${schema} to ${writer}`);
    }
  }
  for (const { table, writer, readers } of granted) {
    statements.push(`grant select, insert, update, delete on ${table} to ${writer}`);
    for (const reader of readers) statements.push(`grant select on ${table} to ${reader}`);
  }
  return [...statements, ...laterGrants(since)];
}

function laterGrants(since: number): string[] {
  return laterReaders
    .filter((later) => later.since === since)
    .flatMap(({ role, tables: read }) => [
      ...[...new Set(read.map(schemaOf))].map((schema) => `grant usage on schema ${schema} to ${role}`),
      ...read.map((table) => `grant select on ${table} to ${role}`),
    ]);
}
