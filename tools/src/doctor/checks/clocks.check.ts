import { fault, type Check, type Finding, type Look } from '../check';
import type { Sources } from '../sources/sources';

/** Accept times are the gateways', everything that decides is by the database's clock (design.md §3, "Time"). */
const mostSkewMs = 2_000;
/** A Date header is cut to whole seconds, and Node makes one a second. */
const headerErrorMs = 2_000;

/** How far a clock is ahead of this machine's, ms, and by how much that may be wrong. */
export interface Offset {
  about: string;
  ms: number;
  errorMs: number;
}

export class ClocksCheck implements Check {
  readonly id = 'clocks';
  readonly title = 'servers and services have the same time';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const offsets: Offset[] = [];
    if (sources.has.database) {
      const database = await sources.database();
      const now = async () => {
        const [row] = await database.query<{ now: number }>(
          'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
        );
        return row?.now ?? null;
      };
      offsets.push(...(await offsetOf('Postgres', 0, now)));
    }
    if (sources.has.redis) {
      const redis = await sources.redis();
      offsets.push(...(await offsetOf('Redis', 0, () => redis.clock())));
    }
    if (sources.has.broker) {
      offsets.push(...(await offsetOf('RabbitMQ', headerErrorMs, () => sources.broker().clock())));
    }
    if (sources.has.services) {
      for (const { name, url, clock, askedAt, answeredAt } of await sources.services().get('/ready')) {
        if (clock !== null) {
          offsets.push(offset(`${name} at ${new URL(url).host}`, clock, askedAt, answeredAt, headerErrorMs));
        }
      }
    }
    return { findings: clockFindings(offsets), figures: { clocks: offsets.length } };
  }
}

async function offsetOf(about: string, errorMs: number, ask: () => Promise<number | null>): Promise<Offset[]> {
  const askedAt = Date.now();
  const theirs = await ask();
  return theirs === null ? [] : [offset(about, theirs, askedAt, Date.now(), errorMs)];
}

/** By this machine's clock in the middle of the question; `errorMs`: what their answer may be behind. */
const offset = (about: string, theirs: number, askedAt: number, answeredAt: number, errorMs: number): Offset => ({
  about,
  ms: theirs + errorMs / 2 - (askedAt + answeredAt) / 2,
  errorMs: (errorMs + answeredAt - askedAt) / 2,
});

/** Against the first one that is there: the database, where it is looked at. This machine's own clock does not count. */
export function clockFindings(offsets: readonly Offset[]): Finding[] {
  const [reference, ...others] = offsets;
  if (!reference) return [];
  return others.flatMap(({ about, ms, errorMs }) => {
    const skew = ms - reference.ms;
    const certain = Math.abs(skew) - errorMs - reference.errorMs;
    if (certain <= mostSkewMs) return [];
    return [
      fault(
        about,
        `is ${(Math.abs(skew) / 1_000).toFixed(1)} s ${skew > 0 ? 'ahead of' : 'behind'} ${reference.about}`,
      ),
    ];
  });
}
