import { fixed, whole } from '../harness/text-table.mjs';

/**
 * What is drawn of a report: panels `{title, unit, format, rows, lines, note}`. A row is `{name, isProduct, figure}`, the figure a summary
 * `{median, min, max, values}`; a line `{at, label, isMet}` is a target in the unit of the panel.
 */

const single = (value) => ({ median: value, min: value, max: value, values: [value] });
const floorRow = (name, figure) => ({ name, isProduct: false, figure });
const productRow = (name, figure) => ({ name, isProduct: true, figure });

export const isMet = ({ figure, atLeast, atMost }) => (atLeast === undefined ? figure <= atMost : figure >= atLeast);

const targetNamed = (path, words) => path.targets?.find(({ name }) => name.includes(words));
/** A target told as a ratio is drawn where it lies beside the median of its floor. */
const ratioLine = (target, floor, name) =>
  target && { at: target.atLeast * floor.median, label: `${target.atLeast} × ${name}`, isMet: isMet(target) };
const atLeastLine = (target) =>
  target && { at: target.atLeast, label: `≥ ${whole(target.atLeast)}`, isMet: isMet(target) };
const atMostLine = (target) =>
  target && { at: target.atMost, label: `≤ ${whole(target.atMost)}`, isMet: isMet(target) };

const rowsThatAre = (rows) => rows.filter((row) => row?.figure);
const linesThatAre = (lines) => lines.filter(Boolean);
const ratioText = (ratio) =>
  ratio && `ratio ${fixed(ratio.median)} (${fixed(ratio.min)} … ${fixed(ratio.max)}), round by round`;

function acceptPanels(accept) {
  const { floor, product, ratio, halfLoad } = accept;
  return [
    {
      title: 'Accept: signatures per second at the gateway',
      unit: 'signatures/s',
      rows: rowsThatAre([
        floorRow('bare node:http', floor.perSecond),
        product && productRow('api-gateway', product.perSecond),
      ]),
      lines: linesThatAre([ratioLine(targetNamed(accept, 'its floor'), floor.perSecond, 'floor')]),
      note: ratioText(ratio),
    },
    {
      title: `Accept: p99 at half load, ${whole(halfLoad.rate)}/s on schedule`,
      unit: 'ms',
      rows: rowsThatAre([
        floorRow('bare node:http', single(halfLoad.floor.latency.p99)),
        halfLoad.product && productRow('api-gateway', single(halfLoad.product.latency.p99)),
      ]),
      lines: linesThatAre([atMostLine(targetNamed(accept, 'p99'))]),
    },
  ];
}

function drainPanels(drain) {
  const { floors, product, ratios, duplicates, inFlight } = drain;
  return [
    {
      title: 'Drain: signatures stored, ranked and in the CRM queue per second',
      unit: 'actions/s',
      rows: rowsThatAre([
        floorRow('sequential floor', floors.sequential.perSecond),
        floorRow('floor of three lanes', floors.lanes.perSecond),
        floorRow(`one by one, ${inFlight} in flight`, floors.oneByOne.perSecond),
        product && productRow('action-ingest', product.perSecond),
        duplicates.product && productRow('the same, 10 % duplicates', duplicates.product.perSecond),
      ]),
      lines: linesThatAre([
        ratioLine(targetNamed(drain, 'sequential'), floors.sequential.perSecond, 'sequential'),
        ratioLine(targetNamed(drain, 'one by one'), floors.oneByOne.perSecond, 'one by one'),
      ]),
      note: ratioText(ratios?.sequential),
    },
  ];
}

const mailPanels = (mails) => [
  {
    title: 'Mails: rendered and handed to a mail server per second',
    unit: 'mails/s',
    rows: rowsThatAre([
      floorRow('pooled nodemailer', mails.floor.perSecond),
      mails.product && productRow('email-delivery', mails.product.perSecond),
    ]),
    lines: linesThatAre([ratioLine(targetNamed(mails, 'nodemailer'), mails.floor.perSecond, 'floor')]),
    note: ratioText(mails.ratio),
  },
];

const eventPanels = (events) => [
  {
    title: "Mail events: a provider's events stored and applied per second",
    unit: 'events/s',
    rows: rowsThatAre([
      floorRow('bare INSERT of them', events.floor.perSecond),
      events.product && productRow('email-delivery', events.product.perSecond),
    ]),
    lines: linesThatAre([atLeastLine(targetNamed(events, 'mail events'))]),
    note: ratioText(events.ratio),
  },
];

function statsPanels(stats) {
  const measured = stats.sizes.filter(({ reads }) => reads);
  if (measured.length === 0) return [];
  const target = targetNamed(stats, 'reads');
  const flat =
    target &&
    `largest ÷ smallest: ${fixed(target.figure)}, wanted ≥ ${target.atLeast}, ${isMet(target) ? 'met' : 'not met'}`;
  return [
    {
      title: "Counters: reads of a campaign's figures, beside one bare hash",
      unit: '÷ floor',
      format: fixed,
      rows: measured.map(({ actions, reads }) => productRow(`${whole(actions)} actions stored`, reads.ratio)),
      lines: [],
      note: flat,
    },
  ];
}

const mttPlanPanels = (plan) =>
  plan.sizes.length === 0
    ? []
    : [
        {
          title: 'Mail to targets: planning one cycle',
          unit: 'ms',
          rows: plan.sizes.flatMap(({ messages, ms, countingMs }) => [
            floorRow(`counting ${whole(messages)} alone`, countingMs),
            productRow(`mtt-service, ${whole(messages)} waiting`, ms),
          ]),
          lines: linesThatAre([atMostLine(targetNamed(plan, 'longest cycle'))]),
        },
      ];

function startPanels({ services, floor, targets, idleSeconds }) {
  const ready = targets.find(({ name }) => name.startsWith('ms until ready'));
  const memory = targets.find(({ name }) => name.startsWith('MiB resident'));
  const withMemory = services.filter(({ rssMiB }) => rssMiB !== undefined);
  return [
    {
      title: 'Start: from the process to the first /ready',
      unit: 'ms',
      rows: [
        floorRow('bare node:http', floor.readyMs),
        ...services.map(({ name, readyMs }) => productRow(name, readyMs)),
      ],
      lines: linesThatAre([atMostLine(ready)]),
    },
    {
      title: `Memory: resident ${idleSeconds} s after the start, idle`,
      unit: 'MiB',
      rows: rowsThatAre([
        floor.rssMiB !== undefined && floorRow('bare node:http', single(floor.rssMiB)),
        ...withMemory.map(({ name, rssMiB }) => productRow(name, single(rssMiB))),
      ]),
      lines: linesThatAre([atMostLine(memory)]),
      note: 'of which 55 to 60 MiB are pages of the node program that all processes of a machine share',
    },
  ];
}

const PANELS = {
  accept: acceptPanels,
  drain: drainPanels,
  mails: mailPanels,
  events: eventPanels,
  stats: statsPanels,
  'mtt-plan': mttPlanPanels,
  start: startPanels,
};

/** Panels of the paths that were measured, in order. */
export const panelsOf = (report) =>
  Object.entries(PANELS)
    .filter(([path]) => report[path])
    .flatMap(([path, draw]) => draw(report[path]))
    .filter(({ rows }) => rows.length > 0);

/** Targets of all paths. */
export const targetsOf = (report) => Object.keys(PANELS).flatMap((path) => report[path]?.targets ?? []);
