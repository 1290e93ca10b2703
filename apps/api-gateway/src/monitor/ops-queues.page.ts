import { escapeHtml } from '../links/link-answer';
import type { MonitoredQueuesView } from './queue-monitor.service';

/** How often the page asks again, s. */
const refreshSeconds = 5;

const escape = (value: unknown): string => escapeHtml(String(value));

const columns = [
  ...['queue', 'kind', 'service', 'waiting', 'delayed', 'active', 'failed', 'dead', 'oldest'],
  ...['in/min', 'out/min', 'errors/min', 'workers', ''],
];

export function ageText(seconds: number | null, isAtMost: boolean): string {
  if (seconds === null) return '';
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ];
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, 's'];
  return `${isAtMost ? '≤ ' : ''}${Math.floor(seconds / size)} ${unit}`;
}

/** The list as a plain page, without a script, that asks for itself again. */
export function queuesPage({ brokerAnswers, queues }: MonitoredQueuesView, at: Date): string {
  const rows = queues.map((queue) => {
    const cells = [
      ...[queue.name, queue.kind.toLowerCase(), queue.service ?? '', queue.waiting, queue.delayed, queue.active],
      ...[queue.failed, queue.dead, ageText(queue.oldestSeconds, queue.isAgeAtMost), queue.inPerMinute ?? ''],
      ...[queue.outPerMinute ?? '', queue.errorsPerMinute ?? '', queue.workers ?? ''],
      queue.isPaused ? 'paused' : queue.reasons.map(({ reason, count }) => `${count} × ${reason}`).join('; '),
    ];
    const isAlarming = queue.dead > 0 || queue.failed > 0;
    return `<tr${isAlarming ? ' class="alarm"' : ''}>${cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="${refreshSeconds}"><title>Queues</title>
<style>body{font:14px sans-serif;margin:1em}table{border-collapse:collapse}td,th{padding:.2em .6em;text-align:left;
border-bottom:1px solid #ddd}tr.alarm{background:#fee}</style></head>
<body><h1>Queues</h1><p>${escape(at.toISOString())}${brokerAnswers ? '' : ' · the broker does not answer'}</p>
<table><thead><tr>${columns.map((name) => `<th>${name}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></body></html>
`;
}
