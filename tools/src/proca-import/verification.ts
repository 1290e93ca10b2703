import { countersRecountSql, type CounterRecountRow } from '@groundswell/persistence';
import { homeOf } from './copies/copies';
import type { OldReader } from './old-reader';
import { oldTable, type OldTableName } from './old-schema';
import { oldCountersSql } from './old-counters.sql';
import { wrongMessageRanksSql, wrongSupporterRanksSql } from './steps/ranks';
import type { TableCopy } from './table-copy';
import type { Target } from './target';

const differencesToldAtMost = 50;

export interface Verification {
  tables: TableCheck[];
  /** Campaigns whose counters were counted on both sides. */
  campaigns: number;
  counters: number;
  /** What is not as it should be, in words; at most 50 of each kind. */
  differences: string[];
}
export interface TableCheck {
  table: string;
  old: number;
  leftOut: number;
  ours: number;
}

type Counts = Map<string, number>;

/** Compares both sides: rows per table and org, counters by two recounts, ranks with a recount. */
export async function verify(old: OldReader, target: Target, copies: readonly TableCopy[]): Promise<Verification> {
  const tables: TableCheck[] = [];
  const differences: string[] = [];
  for (const copy of copies) {
    const check = await checkTable(old, target, copies, copy);
    tables.push(check.table);
    differences.push(...check.differences.slice(0, differencesToldAtMost));
  }
  const counters = await checkCounters(old, target);
  differences.push(...counters.differences.slice(0, differencesToldAtMost));
  for (const [what, sql] of [
    ['supporters', wrongSupporterRanksSql],
    ['messages', wrongMessageRanksSql],
  ] as const) {
    const wrong = await target.rows<{ id: string }>(`${sql} limit ${differencesToldAtMost}`);
    if (wrong.length > 0) {
      differences.push(`ranks of ${what} are not those of a recount: ids ${wrong.map(({ id }) => id).join(', ')}`);
    }
  }
  return { tables, campaigns: counters.campaigns, counters: counters.counted, differences };
}

async function checkTable(
  old: OldReader,
  target: Target,
  copies: readonly TableCopy[],
  copy: TableCopy,
): Promise<{ table: TableCheck; differences: string[] }> {
  const leftOut = await leftOutIds(target, copy.from);
  const type = oldTable(copy.from).id;
  const only = copy.only === undefined ? '' : ` and ${copy.only}`;
  const there = await countByOrg(old, copy, (name) => old.table(name), `not (t.id = any($1::${type}[]))${only}`, [
    leftOut,
  ]);
  const ours = await countByOrg(target, copy, (name) => homeOf(copies, name), 'true', []);
  const table = { table: copy.from, old: sum(there) + leftOut.length, leftOut: leftOut.length, ours: sum(ours) };
  const differences = [...new Set([...there.keys(), ...ours.keys()])]
    .filter((org) => (there.get(org) ?? 0) !== (ours.get(org) ?? 0))
    .map(
      (org) =>
        `${copy.from}${org === '' ? '' : ` of org ${org}`}: ${there.get(org) ?? 0} there, ${ours.get(org) ?? 0} here`,
    );
  return { table, differences };
}

async function leftOutIds(target: Target, table: OldTableName): Promise<string[]> {
  const rows = await target.rows<{ id: string }>('select id from proca_import.left_out where old_table = $1', [table]);
  return rows.map(({ id }) => id);
}

/** Org's id, '' where a table has none, → rows. */
async function countByOrg(
  side: { rows: <R extends object>(sql: string, parameters: unknown[]) => Promise<R[]> },
  { from, org }: TableCopy,
  at: (table: OldTableName) => string,
  condition: string,
  parameters: unknown[],
): Promise<Counts> {
  const rows = await side.rows<{ org: string; count: string }>(
    `select coalesce((${org?.column ?? 'null'})::text, '') as org, count(*) as count
       from ${at(from)} t ${org?.joins?.(at) ?? ''} where ${condition} group by 1`,
    parameters,
  );
  return new Map(rows.map((row) => [row.org, Number(row.count)]));
}

const sum = (counts: Counts): number => [...counts.values()].reduce((total, count) => total + count, 0);

/** The definitions of processing.md §9.1 on the old rows, against the fleet's own recount of ours. */
async function checkCounters(
  old: OldReader,
  target: Target,
): Promise<{ campaigns: number; counted: number; differences: string[] }> {
  const left = [await leftOutIds(target, 'supporters'), await leftOutIds(target, 'actions')];
  const campaigns = await target.rows<{ id: string }>('select id from catalog.campaigns order by id');
  const ids = campaigns.map(({ id }) => id);
  const there = keyed(
    await old.rows<CounterRecountRow>(
      oldCountersSql((name) => old.table(name)),
      left,
    ),
  );
  const ours = keyed(await target.rows<CounterRecountRow>(countersRecountSql, [ids]));
  const differences = [...new Set([...there.keys(), ...ours.keys()])]
    .filter((key) => there.get(key) !== ours.get(key))
    .map((key) => `counter ${key}: ${there.get(key) ?? 0} there, ${ours.get(key) ?? 0} here`);
  return { campaigns: campaigns.length, counted: ours.size, differences };
}

const keyed = (rows: readonly CounterRecountRow[]): Counts =>
  new Map(
    rows.map(({ campaignId, kind, id, name, count }) => [
      [`campaign ${campaignId}`, kind, id, name].filter((part) => part !== null).join(' '),
      Number(count),
    ]),
  );
