/** What labels look like, for the example lines. Those of one metric alone are under `metric label`. */
const EXAMPLES = {
  backend: 'smtp',
  cache: 'documents',
  campaign_id: '12',
  campaign_name: 'clean-air',
  cause: 'no_channel',
  class: 'later',
  connection: 'publish',
  consumer: 'ingest',
  drip_delivery: 'true',
  exchange: 'deliver',
  kind: 'confirm',
  'groundswell_waiting_work kind': 'outbox',
  'groundswell_waiting_work_oldest_seconds kind': 'outbox',
  'groundswell_org_waiting_work kind': 'broker',
  'groundswell_org_waiting_work_oldest_seconds kind': 'broker',
  'groundswell_topology_queue_alerts kind': 'no_reader',
  limit: 'loginByAddress',
  link: 'confirm',
  method: 'POST',
  mode: 'drip',
  operation: 'mutation',
  org: 'greens',
  org_id: '7',
  outcome: 'done',
  'groundswell_gateway_publish_seconds outcome': 'confirmed',
  'groundswell_graphql_answers_total outcome': 'ok',
  'groundswell_job_attempts_total outcome': 'complete',
  'groundswell_mail_webhook_events_total outcome': 'applied',
  'groundswell_mtt_outcomes_total outcome': 'sent',
  'groundswell_notify_confirms_total outcome': 'requested',
  'groundswell_outbox_rows_total outcome': 'sent',
  'groundswell_push_attempts_total outcome': 'delivered',
  'groundswell_stats_checks_total outcome': 'right',
  by: 'fact',
  owner: 'action-ingest',
  path: 'broker',
  pool: 'main',
  provider: 'mailjet',
  queue: 'greens.crm',
  reason: '',
  'groundswell_gateway_refused_total reason': 'invalid_contact',
  'groundswell_mtt_hours_skipped_total reason': 'day full',
  'groundswell_stats_full_counts_total reason': 'first',
  'proca_mailjet_events_count reason': 'delivered',
  'proca_mailjet_bounces_count reason': 'hard_bounce',
  'proca_brevo_events_count reason': 'delivered',
  'proca_brevo_bounces_count reason': 'hard_bounce',
  'proca_mtt_new_scheduler_skip reason': 'elsewhere',
  result: 'hit',
  route: '/api',
  schema: 'References1763600000037',
  scope: 'org:7',
  state: 'waiting',
  'groundswell_consumer_queues state': 'consuming',
  'groundswell_database_connections state': 'busy',
  'groundswell_mtt_campaign_messages state': 'pending',
  'groundswell_outbox_lanes state': 'backing_off',
  'groundswell_topology_scopes state': 'confirmed',
  status: 'confirmed',
  'groundswell_http_requests_total status': '2xx',
  stop_reason: 'all_sent',
  task: 'mtt-cycle',
  type: 'import-actions',
  use: 'limits',
  'groundswell_redis_up use': 'limits',
  version: '0.1.0',
};

/** Sections of the page, by the first part that fits a name. */
const SECTIONS = [
  ['Processes', /^groundswell_build_/],
  ['Messages', /^groundswell_(published|consumed|batch|consumer|broker|publisher)_/],
  ['Outbox and catalogue', /^groundswell_(outbox|catalogue)_/],
  ['Database and Redis', /^(groundswell_(database|redis)_|proca_repo_)/],
  ['Scheduled tasks and jobs', /^groundswell_(task|jobs?)(_|$)/],
  ['What waits', /^groundswell_(waiting|org)_/],
  ['Gateway', /^(groundswell_(gateway|http|graphql)_|proca_exporter_)/],
  ['Storing', /^groundswell_ingest_/],
  ['Queues of the broker', /^groundswell_topology_/],
  ['Counters', /^groundswell_(stats|campaign)_/],
  ['Mail', /^(groundswell_(mail|notify)_|proca_(email|mailjet|brevo)_)/],
  ['Mail to targets', /^(groundswell|proca)_mtt_/],
  ['Pushes', /^groundswell_push_/],
];

const UNITS = [
  [/_timestamp_seconds$/, 'seconds since 1970'],
  [/_seconds$/, 'seconds'],
  [/_bytes$/, 'bytes'],
  [/(_ms|_time|_duration)$/, 'milliseconds'],
];

const unitOf = (name) => UNITS.find(([ending]) => ending.test(name))?.[1] ?? 'number';

const VALUES = { counter: '1204', gauge: '3', histogram: '1204' };

function exampleOf({ name, kind, help, labels, services }) {
  const texts = labels.map((label) => {
    const value = EXAMPLES[`${name} ${label}`] ?? EXAMPLES[label];
    if (value === undefined)
      throw new Error(`${name}: say in tools/metrics/document.mjs what label ${label} looks like`);
    return `${label}="${value}"`;
  });
  const value = /^(1|Always 1)\b/.test(help) ? '1' : name.endsWith('_timestamp_seconds') ? '1763712000' : VALUES[kind];
  return `${name}${kind === 'histogram' ? '_count' : ''}{${[...texts, `service="${services[0]}"`].join(',')}} ${value}`;
}

function entryOf(metric, fleetSize) {
  const { name, kind, help, labels, services } = metric;
  const facts = [
    kind,
    labels.length > 0 ? `labels ${labels.map((label) => `\`${label}\``).join(', ')}` : 'no labels',
    unitOf(name),
    services.length === fleetSize ? 'every service' : services.join(', '),
  ];
  return `### \`${name}\`\n${help}.\n\n${facts.join(' · ')}\n\n    ${exampleOf(metric)}\n`;
}

const HEAD = `# Metrics

Written by \`node tools/metrics-doc.mjs\` from what the services declare at their start; a test compares. Every metric also has the label
\`service\`. Beside them each service shows those of its process (\`process_…\`, \`nodejs_…\`: memory, processor time, event loop, collections).

**Where.** Prometheus text at \`/metrics\` of the service's own port, and where ENABLE_TELEMETRY is on (in production, unless said otherwise) at
\`http://HOST:METRICS_PORT/metrics\` (9568) as well. A port that is taken is a warning in the log, nothing else.

**Names.** \`proca_…\` are those of email-and-mtt.md §8.2, name and labels as dashboards of Proca servers read them; \`groundswell_…\` are ours.
Each is named from the start; series whose labels are known then begin with 0, so that the first event is an increase. A metric that is not
declared at the start keeps a service from starting.

**Labels** are short fixed words, or ids and names of orgs and campaigns. Never anything about a person, never a text from outside. Where
orgs, campaigns or routes are labels, only so many have a series of their own and the rest is \`other\` (a named limit in the code).

**Cost.** Counters on the path of a signature are plain numbers. A scrape reads memory alone, never the database: sizes and ages of tables
are looked up once a minute by one replica (topology-service, mtt-service, stats-service) through partial indexes.

Dashboards: k8s/groundswell/dashboards. Alerts: k8s/groundswell/alerts, each with a page in [runbooks](runbooks/README.md).
`;

/** The text of docs/metrics.md. `metrics` as byName() has them. Throws for a metric without a section. */
export function documentOf(metrics, fleetSize) {
  const sectionOf = ({ name }) => SECTIONS.find(([, names]) => names.test(name))?.[0];
  const lost = metrics.filter((metric) => !sectionOf(metric)).map(({ name }) => name);
  if (lost.length > 0) throw new Error(`tools/metrics/document.mjs has no section for ${lost.join(', ')}`);
  const sections = SECTIONS.map(([title]) => {
    const entries = metrics.filter((metric) => sectionOf(metric) === title).map((metric) => entryOf(metric, fleetSize));
    return `## ${title}\n\n${entries.join('\n')}`;
  });
  return `${HEAD}\n${sections.join('\n')}`;
}
