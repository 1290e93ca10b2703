import type { TableResult } from './import-run';
import type { Verification } from './verification';

export interface ImportReport {
  isDry: boolean;
  tables: TableResult[];
  /** What was done besides the rows of tables; null on a dry run. */
  steps: StepResults | null;
  notices: string[];
  /** Null on a dry run. */
  verification: Verification | null;
  seconds: number;
}

export interface StepResults {
  orgBackends: number;
  supporterRanks: number;
  messageRanks: number;
  reminders: number;
  /** Supporters with an action that waits for nobody; whether they are delivered; commands made for that in this run. */
  undelivered: number;
  isDelivering: boolean;
  commands: number;
}

const leftOutToldAtMost = 200;

/** All there, and as it should be. */
export const isWhole = ({ tables, verification }: ImportReport): boolean =>
  tables.every(({ leftOut }) => leftOut.length === 0) && (verification?.differences.length ?? 0) === 0;

/** For people. */
export function reportText(report: ImportReport): string {
  const { isDry, tables, steps, notices, verification, seconds } = report;
  const read = tables.reduce((sum, table) => sum + table.read, 0);
  const rate = seconds > 0 ? Math.round(read / seconds) : read;
  return [
    isDry ? 'dry run: nothing was written' : '',
    tableText(tables),
    ...(steps ? stepLines(steps) : []),
    `${read} rows read in ${seconds.toFixed(1)} s, ${rate} per second`,
    ...notices.map((notice) => `note: ${notice}`),
    ...leftOutLines(tables, isDry),
    ...(verification ? verificationLines(verification) : []),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function tableText(tables: readonly TableResult[]): string {
  const head = ['table', 'rows', 'read', 'written', 'removed', 'left out'];
  const rows = tables.map(({ table, rows: count, read, written, removed, leftOut }) =>
    [table, count, read, written, removed, leftOut.length].map(String),
  );
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

const stepLines = (steps: StepResults): string[] => [
  `backends set on ${steps.orgBackends} orgs, ranks settled of ${steps.supporterRanks} supporters and ${steps.messageRanks} messages, ` +
    `${steps.reminders} reminders noted as sent`,
  undeliveredLine(steps),
];

function undeliveredLine({ undelivered, isDelivering, commands }: StepResults): string {
  if (undelivered === 0) return '';
  const what = `${undelivered} supporters have actions that were not delivered`;
  if (!isDelivering) return `${what}: they stay so, unless you run this again with --undelivered deliver`;
  return `${what}: the fleet delivers them when it starts (${commands} commands are new)`;
}

function leftOutLines(tables: readonly TableResult[], isDry: boolean): string[] {
  const lines = tables.flatMap(({ table, leftOut }) =>
    leftOut.map(({ id, reason }) => `left out: ${table} ${id}: ${reason}`),
  );
  if (lines.length <= leftOutToldAtMost) return lines;
  const where = isDry ? '' : ', all are in proca_import.left_out';
  return [...lines.slice(0, leftOutToldAtMost), `left out: ${lines.length - leftOutToldAtMost} more${where}`];
}

function verificationLines({ tables, campaigns, counters, differences }: Verification): string[] {
  const rows = tables.reduce((sum, { ours }) => sum + ours, 0);
  const what = `checked: ${rows} rows by table and org, ${counters} counters of ${campaigns} campaigns, ranks`;
  return differences.length === 0
    ? [`${what}: both sides agree`]
    : [`${what}: ${differences.length} differences`, ...differences.map((text) => `differs: ${text}`)];
}
