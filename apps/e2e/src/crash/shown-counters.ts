import type { Pool } from 'pg';
import { recountSql } from '@groundswell/testing';
import type { ApiClient } from '../api-client';
import { pause } from './crash-fleet';
import { shownBy, type ShownFigures } from './figures-watch';

export interface CounterBooks {
  sql: Pool;
  gateway: () => ApiClient;
  campaignIds: readonly number[];
}

/** Waits until a gateway shows what a recount of all actions gives; after the deadline says what it shows else. */
export async function settleCounters(books: CounterBooks, deadlineMs: number): Promise<string[]> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const wrong = await differences(books).catch((error: Error) => [`no answer: ${error.message}`]);
    if (wrong.length === 0 || Date.now() > until) return wrong;
    await pause(500);
  }
}

async function differences({ sql, gateway, campaignIds }: CounterBooks): Promise<string[]> {
  const [{ rows: counted }, { rows: orgs }] = await Promise.all([
    sql.query<{ name: string; n: number }>(recountSql),
    sql.query<{ id: number; name: string }>('select id::int, name from catalog.orgs'),
  ]);
  const names = new Map(orgs.map(({ id, name }) => [String(id), name]));
  const wrong: string[] = [];
  for (const id of campaignIds) {
    const expected = figuresOf(id, counted, names);
    const shown = await shownBy(gateway(), id);
    if (JSON.stringify(sorted(shown)) === JSON.stringify(sorted(expected))) continue;
    wrong.push(`campaign ${id}: ${JSON.stringify(shown)} shown, ${JSON.stringify(expected)} counted`);
  }
  return wrong;
}

/** `counted` has names such as `7 org 3`, `7 area PL`, `7 type register`. */
function figuresOf(
  campaignId: number,
  counted: readonly { name: string; n: number }[],
  orgNames: ReadonlyMap<string, string>,
): ShownFigures {
  const of = (kind: string) =>
    counted.flatMap(({ name, n }) => {
      const prefix = `${campaignId} ${kind} `;
      return name.startsWith(prefix) && n !== 0 ? [[name.slice(prefix.length), n] as const] : [];
    });
  const byOrg = of('org');
  return {
    supporterCount: byOrg.reduce((sum, [, n]) => sum + n, 0),
    byOrg: Object.fromEntries(byOrg.map(([orgId, n]) => [orgNames.get(orgId) ?? orgId, n])),
    byArea: Object.fromEntries(of('area')),
    byType: Object.fromEntries(of('type')),
  };
}

const sorted = ({ supporterCount, ...lists }: ShownFigures) => [
  supporterCount,
  ...[lists.byOrg, lists.byArea, lists.byType].map((list) => Object.entries(list).sort()),
];
