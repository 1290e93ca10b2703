import { fixed, percent, shorten, spread, textTable, whole } from './harness/text-table.mjs';

const micros = (value) => (value === null || value === undefined ? '' : whole(value));
const ratioOf = (ratio) => (ratio ? spread(ratio, fixed) : '');
const indent = (text) => text.replace(/^(?=.)/gm, '  ');

function machineLines({ machine, options }) {
  const { postgres } = machine;
  const busy = machine.busyBefore === null ? '' : `, ${percent(machine.busyBefore)} busy before the run`;
  return [
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}${busy}`,
    `Node ${machine.node}, RabbitMQ ${machine.rabbitmq} (Erlang ${machine.erlang}), Postgres ${postgres.version}`,
    `quorum queues, persistent; fsync ${postgres.fsync}, synchronous_commit ${postgres.synchronous_commit}, ` +
      `wal_sync_method ${postgres.wal_sync_method}`,
    `commit ${machine.commit}${machine.hasLocalChanges ? ' with local changes' : ''}; ` +
      `${options.rounds} rounds of ${whole(options.count)}; median (lowest … highest)`,
    ...(machine.busyBefore > 0.1 ? ['Others are using this machine: trust the ratios more than the figures.'] : []),
  ];
}

function acceptRow(name, side, halfLoad, ratio) {
  const { latency } = halfLoad;
  return [
    name,
    spread(side.perSecond),
    ratio,
    fixed(side.p99AtFullLoad.median, 1),
    fixed(latency.p50, 1),
    fixed(latency.p99, 1),
  ];
}

function acceptText({ floor, product, ratio, halfLoad, connections, submissionBytes, breakdown }) {
  const head = ['accept', 'signatures/s', '÷ floor', 'p99 ms full', 'p50 ms half', 'p99 ms half'];
  const rows = [head, acceptRow('floor', floor, halfLoad.floor, '')];
  if (product) rows.push(acceptRow('api-gateway', product, halfLoad.product, ratioOf(ratio)));
  const cpuHead = ['CPU µs per signature', ...Object.keys(floor.cpuMicros)];
  const cpuRows = [cpuHead, ['floor', ...Object.values(floor.cpuMicros).map(micros)]];
  if (product) cpuRows.push(['api-gateway', ...Object.values(product.cpuMicros).map(micros)]);
  const spooled = product?.spooled ? [`${product.spooled} signatures went to the spool instead of the broker.`] : [];
  return [
    textTable(rows),
    `${connections} connections; half load = ${whole(halfLoad.rate)}/s on schedule; ` +
      `a submission has ${whole(submissionBytes)} bytes`,
    ...spooled,
    '',
    textTable(cpuRows),
    ...(breakdown ? ['', profileText('api-gateway', breakdown.profile)] : []),
  ].join('\n');
}

function drainText(drain) {
  const { floors, product, ratios = {}, duplicates, inFlight } = drain;
  const row = (name, side, ratio) => [name, spread(side.perSecond), whole(side.perSecondWarm.median), ratio];
  const rows = [
    ['drain', 'actions/s', 'after ¼', 'action-ingest ÷ it'],
    row('floor: sequential', floors.sequential, ratioOf(ratios.sequential)),
    row('floor: three lanes', floors.lanes, ratioOf(ratios.lanes)),
    row(`one transaction per action, ${inFlight} in flight`, floors.oneByOne, ratioOf(ratios.oneByOne)),
    row('floor: sequential, 10 % duplicates', duplicates.sequential, ratioOf(duplicates.ratio)),
  ];
  if (product) rows.push(row('action-ingest', product, ''));
  if (product) rows.push(row('action-ingest, 10 % duplicates', duplicates.product, ''));
  const cpuRow = (name, side) => [name, ...Object.values(side.cpuMicros).map(micros)];
  const cpuRows = [
    ['CPU µs per action', ...Object.keys(floors.sequential.cpuMicros)],
    cpuRow('floor: sequential', floors.sequential),
    cpuRow('floor: three lanes', floors.lanes),
    cpuRow('one transaction per action', floors.oneByOne),
  ];
  if (product) cpuRows.push(cpuRow('action-ingest', product));
  const crm = product
    ? `${whole(product.crmBytes)} (floor ${whole(floors.sequential.crmBytes)})`
    : whole(floors.sequential.crmBytes);
  return [
    textTable(rows),
    `a submission has ${whole(drain.submissionBytes)} bytes, a CRM message ${crm}`,
    '',
    textTable(cpuRows),
    ...breakdownText(drain.breakdown),
  ].join('\n');
}

function mailsText({ floor, product, ratio, connections, perConnection, breakdown }) {
  const row = (name, side, beside) => [
    name,
    spread(side.perSecond),
    whole(side.perSecondWarm.median),
    beside,
    whole(side.mailBytes),
    whole(side.connections),
  ];
  const rows = [
    ['mails', 'mails/s', 'after ¼', '÷ floor', 'bytes', 'connections'],
    row('pooled nodemailer', floor, ''),
  ];
  if (product) rows.push(row('email-delivery', product, ratioOf(ratio)));
  const cpuRows = [
    ['CPU µs per mail', ...Object.keys(floor.cpuMicros)],
    ['pooled nodemailer', ...Object.values(floor.cpuMicros).map(micros)],
  ];
  if (product) cpuRows.push(['email-delivery', ...Object.values(product.cpuMicros).map(micros)]);
  return [
    textTable(rows),
    `${connections} connections at once, TLS, ${perConnection} mails each`,
    '',
    textTable(cpuRows),
    ...(breakdown ? ['', statementText('email-delivery', breakdown.statements, 'mails')] : []),
    ...(breakdown ? ['', profileText('email-delivery', breakdown.profile)] : []),
  ].join('\n');
}

function eventsText({ floor, product, ratio }) {
  const cpuNames = Object.keys(floor.cpuMicros).map((name) => `${name} µs`);
  const row = (name, side, beside) => [
    name,
    spread(side.perSecond),
    beside,
    ...Object.values(side.cpuMicros).map(micros),
  ];
  const rows = [['mail events', 'events/s', '÷ floor', ...cpuNames], row('bare INSERT of them', floor, '')];
  if (product) rows.push(row('email-delivery', product, ratioOf(ratio)));
  return textTable(rows);
}

function mttPlanText({ sizes, targetCount }) {
  const rows = sizes.map(({ messages, planned, ms, countingMs, flush }) => [
    whole(messages),
    whole(planned.median),
    spread(ms),
    spread(countingMs),
    `${whole(flush.messages)} in ${whole(flush.ms)} ms`,
  ]);
  return textTable([
    [`mtt-plan, ${targetCount} targets`, 'planned', 'ms a cycle', 'ms to count alone', 'flush'],
    ...rows,
  ]);
}

function statsReadRow({ actions, scan, reads }) {
  const name = `${whole(actions)} actions`;
  const byScan = fixed(scan.largestMs, 1);
  if (!reads) return [name, '', '', '', '', '', byScan];
  const { perSecond, ratio, p99AtFullLoad, halfLoad } = reads;
  const { p50, p99 } = halfLoad.latency;
  return [
    name,
    spread(perSecond),
    ratioOf(ratio),
    fixed(p99AtFullLoad.median, 1),
    fixed(p50, 1),
    fixed(p99, 1),
    byScan,
  ];
}

function statsWorkRow({ actions, scan, countSeconds, updates }) {
  const name = `${whole(actions)} actions`;
  const cells = [name, countSeconds === undefined ? '' : fixed(countSeconds, 1), fixed(scan.seconds, 1)];
  const cost = ({ cpuMicros }) => `${micros(cpuMicros['stats-service'])} + ${micros(cpuMicros.postgres)}`;
  return [...cells, ...Object.values(updates ?? {}).flatMap((update) => [cost(update), whole(update.perSecond)])];
}

function statsText({ sizes, connections, campaigns }) {
  const reads = [
    'campaign stats',
    'reads/s',
    '÷ bare hash',
    'p99 ms full',
    'p50 ms half',
    'p99 ms half',
    'ms by a scan',
  ];
  const batches = Object.keys(sizes[0].updates ?? {}).flatMap((size) => [`µs/action, ${size} a delta`, 'actions/s']);
  const work = ['counting', 'first count s', 'plain scan s', ...batches];
  return [
    textTable([reads, ...sizes.map(statsReadRow)]),
    `${campaigns} campaigns, ${connections} connections; half load on schedule; a scan of the largest campaign's actions`,
    '',
    textTable([work, ...sizes.map(statsWorkRow)]),
    'CPU µs of stats-service + Postgres per stored action, from its counter delta',
  ].join('\n');
}

function startText({ services, floor, idleSeconds }) {
  const mib = (value) => (value === undefined ? '' : fixed(value, 0));
  const row = (name, { readyMs, cpuMs, rssMiB, anonMiB, fileMiB, pssMiB }) => [
    name,
    spread(readyMs),
    whole(cpuMs.median),
    ...[rssMiB, anonMiB, fileMiB, pssMiB].map(mib),
  ];
  const head = ['start', 'ready after ms', 'CPU ms', 'RSS MiB', 'its own', 'mapped files', 'PSS'];
  const rows = [head, row('floor: bare node:http', floor), ...services.map((service) => row(service.name, service))];
  return [
    textTable(rows),
    `without compile cache; memory ${idleSeconds} s after the last start, nobody asking for anything; mapped files are mostly pages of the`,
    'node program, which all processes of a machine share: PSS counts them by the share',
  ].join('\n');
}

function breakdownText(breakdown) {
  if (!breakdown) return [];
  const { floor, product } = breakdown;
  const lines = ['', statementText('sequential floor', floor.statements)];
  if (product) lines.push('', statementText('action-ingest', product.statements));
  if (product) lines.push('', profileText('action-ingest', product.profile));
  return lines;
}

function statementText(name, { method, ms: total, walBytes: wal, flushes, rows }, pieces = 'actions') {
  const table = rows.map(({ query, ms, calls, walBytes }) => [
    fixed(ms, 1),
    calls === null ? '' : fixed(calls, 1),
    walBytes === null ? '' : whole(walBytes / 1024),
    shorten(query, 80),
  ]);
  const title =
    `database time of the ${name} per 1 000 ${pieces} (${method}):\n` +
    `${fixed(total, 1)} ms, and ${fixed(flushes, 1)} flushes of ${whole(wal / 1024)} KiB of WAL, which no statement counts`;
  return `${title}\n${indent(textTable([['ms', 'calls', 'WAL KiB', 'statement'], ...table]))}`;
}

const shareRows = (list) => list.map(({ name, share }) => [percent(share), shorten(name, 90)]);

function profileText(name, { groups, busyShare }) {
  const title = `where ${name}'s own thread spends its time (busy ${percent(busyShare)} of it)`;
  return `${title}\n${indent(textTable([['self', 'package or folder'], ...shareRows(groups)]))}`;
}

const functionText = (name, { functions }) =>
  `${name} by function\n${indent(textTable([['self', 'function'], ...shareRows(functions)]))}`;

function targetText(targets) {
  const rows = targets.map(({ name, figure, atLeast, atMost }) => [
    name,
    fixed(figure, 3),
    atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`,
    (atLeast === undefined ? figure <= atMost : figure >= atLeast) ? 'met' : 'NOT met',
  ]);
  return textTable([['target', 'figure', 'wanted', ''], ...rows]);
}

const functionTexts = ({ accept, drain, mails }) =>
  [
    accept?.breakdown && functionText('api-gateway', accept.breakdown.profile),
    drain?.breakdown?.product && functionText('action-ingest', drain.breakdown.product.profile),
    mails?.breakdown && functionText('email-delivery', mails.breakdown.profile),
  ].filter(Boolean);

/** The whole report as text, at most 120 columns. */
export function reportText(report) {
  const { accept, drain, mails, events, stats, options } = report;
  const targets = [
    ...(accept?.targets ?? []),
    ...(drain?.targets ?? []),
    ...(mails?.targets ?? []),
    ...(events?.targets ?? []),
    ...(stats?.targets ?? []),
    ...(report['mtt-plan']?.targets ?? []),
    ...(report.start?.targets ?? []),
  ];
  const mttPlan = report['mtt-plan'];
  const blocks = [machineLines(report).join('\n')];
  if (accept) blocks.push(acceptText(accept));
  if (drain) blocks.push(drainText(drain));
  if (mails) blocks.push(mailsText(mails));
  if (events) blocks.push(eventsText(events));
  if (stats) blocks.push(statsText(stats));
  if (mttPlan) blocks.push(mttPlanText(mttPlan));
  if (report.start) blocks.push(startText(report.start));
  if (options.keepProfiles) blocks.push(...functionTexts(report));
  blocks.push(targets.length > 0 ? targetText(targets) : 'The product was not measured: floors only.');
  return blocks.join('\n\n');
}
