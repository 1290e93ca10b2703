import { fixed, percent, whole } from '../harness/text-table.mjs';
import { isMet, panelsOf, targetsOf } from './panels.mjs';

const WIDTH = 940;
const NAMES = 280;
const FIGURES = 210;
const ROW = 34;
const HEAD = 26;
const FOOT = 30;
const TICKS = 4;

const escape = (text) =>
  String(text).replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]);
const round = (value) => Math.round(value * 10) / 10;

/** A round number of at least a fourth of the largest value: 1, 2 or 5 with zeros. */
function tickOf(largest) {
  const least = largest / TICKS;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least);
}

const asNumber = (value) => (value === 0 ? '0' : value < 10 ? fixed(value, value < 1 ? 2 : 1) : whole(value));

function rowSvg({ name, isProduct, figure }, at, x, format) {
  const y = HEAD + at * ROW;
  const kind = isProduct ? 'product' : 'floor';
  const { median, min, max, values } = figure;
  const range = max > min ? ` (${format(min)} … ${format(max)})` : '';
  const dots =
    values.length > 1
      ? values.map((value) => `<circle cx="${round(x(value))}" cy="${y + 13}" r="2.6" class="dot"/>`)
      : [];
  const whisker = max > min ? `<path d="M${round(x(min))} ${y + 13} H${round(x(max))}" class="whisker"/>` : '';
  return [
    `<text x="${NAMES - 12}" y="${y + 18}" text-anchor="end" class="${isProduct ? 'own' : ''}">${escape(name)}</text>`,
    `<rect x="${NAMES}" y="${y + 3}" width="${round(x(median) - NAMES)}" height="20" rx="2" class="${kind}"/>`,
    whisker,
    ...dots,
    `<text x="${WIDTH - FIGURES + 12}" y="${y + 18}" class="${isProduct ? 'own' : ''}">${escape(format(median))}<tspan class="soft">${escape(range)}</tspan></text>`,
  ].join('');
}

/** Labels of lines that lie close to each other go to different sides. */
function lineSvg({ at, label, isMet: met }, x, bottom, isLeft) {
  const place = round(x(at));
  return (
    `<path d="M${place} ${HEAD - 6} V${bottom}" class="target ${met ? 'met' : 'missed'}"/>` +
    `<text x="${place + (isLeft ? -5 : 5)}" y="${HEAD - 10}" text-anchor="${isLeft ? 'end' : 'start'}" class="label ${met ? 'met' : 'missed'}">${escape(label)}${met ? '' : ', not met'}</text>`
  );
}

function panelSvg({ title, unit, rows, lines, note, format = asNumber }) {
  const largest = Math.max(...rows.map(({ figure }) => figure.max), ...lines.map(({ at }) => at));
  const tick = tickOf(largest);
  const end = Math.ceil(largest / tick) * tick;
  const x = (value) => NAMES + (value / end) * (WIDTH - NAMES - FIGURES);
  const bottom = HEAD + rows.length * ROW;
  const ticks = Array.from({ length: Math.round(end / tick) + 1 }, (_, at) => at * tick);
  const ordered = lines.toSorted((a, b) => a.at - b.at);
  const svg = [
    `<svg viewBox="0 0 ${WIDTH} ${bottom + FOOT}" role="img" aria-label="${escape(title)}">`,
    ...ticks.map(
      (value) =>
        `<path d="M${round(x(value))} ${HEAD} V${bottom}" class="grid"/><text x="${round(x(value))}" y="${bottom + 18}" text-anchor="middle" class="soft">${escape(asNumber(value))}</text>`,
    ),
    `<text x="${WIDTH - FIGURES + 12}" y="${HEAD - 10}" class="soft">${escape(unit)}</text>`,
    ...rows.map((row, at) => rowSvg(row, at, x, format)),
    ...ordered.map((line, at) => lineSvg(line, x, bottom, at < ordered.length - 1 || x(line.at) > (NAMES + WIDTH) / 2)),
    '</svg>',
  ].join('\n');
  return `<section><h2>${escape(title)}</h2>\n${svg}${note ? `\n<p class="note">${escape(note)}</p>` : ''}</section>`;
}

const asWanted = (value) => (value < 10 ? String(value) : whole(value));

const targetRow = (target) => {
  const { name, figure, atLeast, atMost } = target;
  const met = isMet(target);
  const wanted = atLeast === undefined ? `≤ ${asWanted(atMost)}` : `≥ ${asWanted(atLeast)}`;
  return `<tr><td>${escape(name)}</td><td>${asNumber(figure)}</td><td>${wanted}</td><td class="${met ? 'met' : 'missed'}">${met ? 'met' : 'not met'}</td></tr>`;
};

function targetsHtml(targets) {
  if (targets.length === 0) return '<p>The product was not measured: floors only.</p>';
  return `<table><thead><tr><th>target</th><th>figure</th><th>wanted</th><th></th></tr></thead><tbody>\n${targets.map(targetRow).join('\n')}\n</tbody></table>`;
}

function machineHtml({ machine, options, at }) {
  const { postgres } = machine;
  const busy =
    machine.busyBefore > 0.1
      ? ` ${percent(machine.busyBefore)} busy before the run: trust the ratios more than the figures.`
      : '';
  return [
    `<p><strong>${machine.cores} cores, ${machine.memoryGiB} GiB</strong> (${escape(machine.cpu)}), Linux ${escape(machine.kernel)}, everything on that machine.${busy}`,
    `Node ${escape(machine.node)}, RabbitMQ ${escape(machine.rabbitmq)}, Postgres ${escape(postgres.version)}; quorum queues, persistent messages, fsync ${escape(postgres.fsync)}, synchronous_commit ${escape(postgres.synchronous_commit)}.`,
    `${escape(at.slice(0, 10))}, commit ${escape(machine.commit)}${machine.hasLocalChanges ? ' with local changes' : ''}, ${options.rounds} rounds of ${whole(options.count)}.</p>`,
  ].join('<br>\n');
}

const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--text:#1b2127;--soft:#59636d;--grid:#e2e6ea;--product:#1f6fd6;--floor:#aeb8c2;--mark:#0d2b52;--met:#14783c;--missed:#b3261e}
@media (prefers-color-scheme:dark){:root{--ground:#14181d;--text:#e8edf2;--soft:#a5b0bb;--grid:#2b333b;--product:#4c94f0;--floor:#5b6671;--mark:#fff;--met:#63cf8b;--missed:#ff8a80}}
body{margin:2rem auto;max-width:${WIDTH}px;padding:0 1rem;background:var(--ground);color:var(--text);font:16px/1.45 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
h1{font-size:1.6rem}h2{font-size:1.1rem;margin:2rem 0 .3rem}p{margin:.4rem 0}.note{color:var(--soft);margin-left:${NAMES}px}
svg{width:100%;height:auto;display:block}svg text{fill:var(--text);font-size:14px}svg .soft{fill:var(--soft);font-size:12.5px}svg .own{font-weight:600}
svg tspan.soft{font-weight:400}.product{fill:var(--product)}.floor{fill:var(--floor)}.grid{stroke:var(--grid)}.whisker{stroke:var(--mark);stroke-width:1.6}.dot{fill:var(--ground);stroke:var(--mark);stroke-width:1.4}
.target{fill:none;stroke-width:2;stroke-dasharray:6 4}.target.met{stroke:var(--met)}.target.missed{stroke:var(--missed)}svg .label{font-size:12.5px}svg .label.met{fill:var(--met)}svg .label.missed{fill:var(--missed)}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .9rem .25rem 0;text-align:left;border-bottom:1px solid var(--grid)}td.met{color:var(--met)}td.missed{color:var(--missed);font-weight:600}
.key{display:inline-block;width:.9em;height:.9em;border-radius:2px;vertical-align:-.1em;margin:0 .35em 0 .9em}.key.own{background:var(--product)}.key.bare{background:var(--floor)}`;

/** The report as one page that needs nothing else: bars of product and floor, the spread of rounds, targets. */
export const reportPage = (report) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Groundswell bench</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Groundswell bench</h1>
${machineHtml(report)}
<p><span class="key own" style="margin-left:0"></span>Groundswell<span class="key bare"></span>floor: the same bytes through a bare program, measured in the same run. Bars are medians, circles single rounds, dashed lines targets.</p>
${targetsHtml(targetsOf(report))}
${panelsOf(report).map(panelSvg).join('\n')}
</body>
</html>
`;
