import { setTimeout as sleep } from 'node:timers/promises';
import { statsCounterField, statsCounterKinds, type StatsCounterKind } from '@groundswell/contracts';
import { countersRecountSql, type CounterRecountRow } from '@groundswell/persistence';
import { fault, notice, type Check, type DoctorSettings, type Finding, type Look } from '../check';
import type { DoctorDatabase } from '../sources/database';
import type { Sources } from '../sources/sources';

/** How long the deltas of what was counted may take to be applied, ms. */
const appliedWithinMs = 20_000;
const pollMs = 100;
const cancelled = '57014';

const kinds: Record<CounterRecountRow['kind'], StatsCounterKind> = {
  org: statsCounterKinds.org,
  area: statsCounterKinds.area,
  type: statsCounterKinds.actionType,
  page: statsCounterKinds.page,
  pageType: statsCounterKinds.pageActionType,
};

export type Figures = ReadonlyMap<string, number>;

const campaigns = `
select c.id::int as id from catalog.campaigns c left join stats.campaigns s on s.campaign_id = c.id
 order by s.changed_at desc nulls last, c.id desc limit $1`;
const given =
  'select partition::int as partition, number::float8 as number from actions.counter_numbers where number > 0';
const isReached = `
select not exists (select from unnest($1::int[], $2::float8[]) as g (partition, number)
                     left join stats.partitions a on a.partition = g.partition
                    where coalesce(a.number, 0) < g.number) as reached`;

/** What people see is what the actions say (design.md §1.3). */
export class CountersCheck implements Check {
  readonly id = 'counters';
  readonly title = 'counters are what a recount gives';
  readonly settles = true;

  async look(sources: Sources, settings: DoctorSettings): Promise<Look> {
    const database = await sources.database();
    const [state] = await database.query<{ isCounted: boolean }>(
      'select counted_at is not null as "isCounted" from stats.state',
    );
    if (!state?.isCounted) return { findings: [fault('state', 'nothing was ever counted: stats-service has not run')] };
    const limit = Number.isFinite(settings.campaigns) ? settings.campaigns : null;
    const ids = (await database.query<{ id: number }>(campaigns, [limit])).map(({ id }) => id);
    const findings: Finding[] = [];
    for (const id of ids) findings.push(...(await this.campaign(database, id)));
    return { findings, figures: { campaigns: ids.length } };
  }

  /**
   * Counted twice, the second time together with the figures kept, once all deltas of the first count are applied: what is kept
   * lies between both, however many people sign meanwhile. At rest both are equal.
   */
  private async campaign(database: DoctorDatabase, id: number): Promise<Finding[]> {
    try {
      const first = await database.snapshot(async () => ({
        counted: await this.recount(database, id),
        numbers: await database.query<{ partition: number; number: number }>(given),
      }));
      await this.reached(database, first.numbers);
      const second = await database.snapshot(async () => ({
        counted: await this.recount(database, id),
        kept: await this.kept(database, id),
      }));
      return counterFindings(id, first.counted, second.counted, second.kept);
    } catch (error) {
      if ((error as { code?: string }).code !== cancelled) throw error;
      return [notice(`campaign ${id}`, 'too large to be counted here: node dist/tools/recount.js does it')];
    }
  }

  private async reached(
    database: DoctorDatabase,
    numbers: readonly { partition: number; number: number }[],
  ): Promise<void> {
    const parameters = [numbers.map(({ partition }) => partition), numbers.map(({ number }) => number)];
    for (const until = Date.now() + appliedWithinMs; ; await sleep(pollMs)) {
      const [row] = await database.query<{ reached: boolean }>(isReached, parameters);
      if (row?.reached) return;
      if (Date.now() > until) throw new Error('not compared: deltas are not applied, see check deltas');
    }
  }

  private async recount(database: DoctorDatabase, id: number): Promise<Figures> {
    const rows = await database.query<CounterRecountRow & { id: string | null }>(countersRecountSql, [[id]]);
    return new Map(
      rows.map((row) => [statsCounterField(kinds[row.kind], Number(row.id ?? 0), row.name ?? ''), row.count]),
    );
  }

  private async kept(database: DoctorDatabase, id: number): Promise<Figures> {
    const rows = await keptFigures(database, id);
    return new Map(rows.map(({ kind, id: of, name, count }) => [statsCounterField(kind, of, name), count]));
  }
}

export interface KeptFigure {
  kind: StatsCounterKind;
  id: number;
  name: string;
  count: number;
}

export const keptFigures = (database: DoctorDatabase, campaignId: number): Promise<KeptFigure[]> =>
  database.query<KeptFigure>(
    'select kind::int as kind, id::int as id, name, count::int as count from stats.counters where campaign_id = $1',
    [campaignId],
  );

/** Fields as `statsFields` names them: o: org, a: area, t: action type, p: page, y: action type of a page. */
export function counterFindings(campaignId: number, before: Figures, after: Figures, kept: Figures): Finding[] {
  const fields = new Set([...before.keys(), ...after.keys(), ...kept.keys()]);
  return [...fields].flatMap((field) => {
    const counted = [before.get(field) ?? 0, after.get(field) ?? 0];
    const [least, most] = [Math.min(...counted), Math.max(...counted)];
    const count = kept.get(field) ?? 0;
    if (count >= least && count <= most) return [];
    const right = least === most ? `${least}` : `${least} to ${most}`;
    return [fault(`campaign ${campaignId} ${field}`, `is ${count}, a recount gives ${right}`)];
  });
}
