import { byMonitoredName, noWork, sumOfWork, type WaitingWork, type WorkFigures } from '@groundswell/persistence';

/** A queue of the broker, as its management API lists it. */
export interface BrokerFigures {
  name: string;
  messages_ready?: number;
  messages_unacknowledged?: number;
  consumers?: number;
}

interface Line extends WorkFigures {
  name: string;
  workers: number | null;
}

const head = ['QUEUE', 'WAITING', 'DELAYED', 'ACTIVE', 'FAILED', 'DEAD', 'OLDEST', 'WORKERS', ''];
const units: [number, string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
];

export function ageText(seconds: number | null): string {
  if (seconds === null) return '';
  const [size, unit] = units.find(([one]) => seconds >= one) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** Everything that waits, one line each; those without anything only where all are asked for. */
export function queueTable(work: readonly WaitingWork[], broker: readonly BrokerFigures[], isAll: boolean): string {
  const paused = new Set(work.filter(({ kind }) => kind === 'broker').map(({ name }) => name));
  const queues = broker.map((queue): Line => ({
    ...noWork,
    name: queue.name,
    waiting: queue.messages_ready ?? 0,
    active: queue.messages_unacknowledged ?? 0,
    workers: queue.consumers ?? null,
    isPaused: paused.has(queue.name),
  }));
  const rows = [...byMonitoredName(work.filter(({ kind }) => kind !== 'broker'))].map(([name, found]): Line => ({
    ...sumOfWork(found),
    name,
    workers: null,
  }));
  const lines = [...queues, ...rows].filter((line) => isAll || isBusy(line)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return aligned([head, ...lines.map(cellsOf)]);
}

const isBusy = ({ waiting, delayed, active, failed, dead, isPaused }: Line): boolean =>
  isPaused || waiting + delayed + active + failed + dead > 0;

const cellsOf = (line: Line): string[] => [
  printable(line.name),
  ...[line.waiting, line.delayed, line.active, line.failed, line.dead].map(String),
  ageText(line.oldestSeconds),
  line.workers === null ? '' : String(line.workers),
  line.isPaused ? 'paused' : line.reasons.map(({ reason, count }) => `${count} × ${printable(reason)}`).join('; '),
];

/** Reasons come from anywhere: a terminal must not obey them. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ');

function aligned(rows: string[][]): string {
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 || column === head.length - 1
            ? cell.padEnd(widths[column] ?? 0)
            : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
