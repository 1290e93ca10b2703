import type { EntityManager } from 'typeorm';
import type { LeaseRepository } from '@groundswell/persistence';
import type { LoopName, LoopWindow } from './loop-rules';

export const loopsLease = 'mail-loops';

/** The right to read events: of one process at a time. */
export interface LoopClaim {
  holder: string;
  fencing: number;
  ttlMs: number;
}

/** Another process reads now, or this one took too long. */
export class LoopLeaseLostError extends Error {
  readonly code = 'mail.loop_lease_lost';

  constructor() {
    super('another process reads the events now');
    this.name = new.target.name;
  }
}

export interface Schedule extends LoopWindow {
  /** Another one with the same window has another id. */
  id: string;
}

export interface LoopRow {
  name: LoopName;
  domain: string;
  status: 'started' | 'finished' | 'failed';
  /** Begin of the last run's window. */
  startedAt: Date | null;
  /** The cursor. */
  finishedAt: Date | null;
  lastError: string | null;
  metadata: unknown;
  /** Being read at this moment, by whoever. */
  isRunning: boolean;
}

export interface LoopEnd {
  status: 'finished' | 'failed';
  error: string | null;
  count: number;
  isDrained: boolean;
  /** The schedule is done with. */
  isOver: boolean;
}

const isRunning = `(l.status = 'started' and l.metadata->>'fencing' = (
  select e.fencing::text from mail.leases e where e.name = '${loopsLease}' and e.expires_at > now()))`;

/** Whatever else stands there counts as nothing. */
const fields = `(case when jsonb_typeof(l.metadata) = 'object' then l.metadata else '{}' end)`;

/** The rows of mail.loops. Whoever reads checks its lease in each write, and so renews it. */
export class LoopRepository {
  constructor(
    private readonly manager: EntityManager,
    private readonly leases: Pick<LeaseRepository, 'acquire'>,
  ) {}

  rows(domains: readonly string[]): Promise<LoopRow[]> {
    return this.manager.query<LoopRow[]>(
      `select l.name, l.domain, l.status, l.started_at as "startedAt", l.finished_at as "finishedAt",
              l.last_error as "lastError", l.metadata, coalesce(${isRunning}, false) as "isRunning"
         from mail.loops l where l.domain = any($1::text[])`,
      [domains],
    );
  }

  /** Newest events stored of one account's mails; null where there are none. */
  async newestStored(serviceId: number, loop: 'latest' | 'latestOpened'): Promise<Date | null> {
    const column = loop === 'latestOpened' ? 'opened_at' : 'greatest(delivered_at, bounced_at)';
    const rows: { newest: Date | null }[] = await this.manager.query(
      `select max(${column}) as newest from mail.deliveries where service_id = $1`,
      [serviceId],
    );
    return rows[0]?.newest ?? null;
  }

  async begin(claim: LoopClaim, name: LoopName, domain: string, begin: Date): Promise<void> {
    await this.renew(claim);
    await this.manager.query(
      `insert into mail.loops as l (name, domain, status, started_at, metadata)
       values ($1, $2, 'started', $3, jsonb_build_object('fencing', $4::text, 'lastStarted', $5::text))
       on conflict (name, domain) do update
          set status = 'started', started_at = excluded.started_at, updated_at = now(),
              metadata = ${fields} || excluded.metadata`,
      [name, domain, begin, String(claim.fencing), new Date().toISOString()],
    );
  }

  /** False when this is no longer what is scheduled, or it was cancelled: then there is nothing to do. */
  async beginScheduled(claim: LoopClaim, domain: string, schedule: Schedule, begin: Date): Promise<boolean> {
    await this.renew(claim);
    const rows: unknown[] = await this.manager.query(
      `with begun as (
         update mail.loops l
            set status = 'started', started_at = $3, updated_at = now(),
                metadata = ${fields} || jsonb_build_object('fencing', $4::text, 'lastStarted', $5::text)
          where name = 'scheduled' and domain = $1 and metadata->'schedule'->>'id' = $2
            and metadata->>'canceled' is distinct from 'true'
         returning 1
       ) select 1 from begun`,
      [domain, schedule.id, begin, String(claim.fencing), new Date().toISOString()],
    );
    return rows.length === 1;
  }

  /** Writes the cursor; returns whether the loop was asked to stop. */
  async move(claim: LoopClaim, name: LoopName, domain: string, cursor: Date | null): Promise<boolean> {
    await this.renew(claim);
    const rows: { canceled: boolean }[] = await this.manager.query(
      `with moved as (
         update mail.loops set finished_at = coalesce($3, finished_at), updated_at = now()
          where name = $1 and domain = $2
         returning metadata
       ) select coalesce(metadata->>'canceled' = 'true', false) as canceled from moved`,
      [name, domain, cursor],
    );
    return rows[0]?.canceled ?? false;
  }

  async end(claim: LoopClaim, name: LoopName, domain: string, ended: LoopEnd): Promise<void> {
    await this.renew(claim);
    const { status, error, count, isDrained, isOver } = ended;
    const figures = { lastFinished: new Date().toISOString(), count, isDrained };
    await this.manager.query(
      `update mail.loops l
          set status = $3::mail.loop_status, last_error = $4, updated_at = now(),
              metadata = (case when $6 then ${fields} - 'schedule' - 'canceled' else ${fields} end) || $5::jsonb
        where name = $1 and domain = $2`,
      [name, domain, status, error, JSON.stringify(figures), isOver],
    );
  }

  /** Nothing more of it is read. For one that is no longer to be read at all. */
  async clearSchedule(claim: LoopClaim, domain: string): Promise<void> {
    await this.renew(claim);
    await this.manager.query(
      `update mail.loops l set status = 'finished', metadata = ${fields} - 'schedule' - 'canceled', updated_at = now()
        where name = 'scheduled' and domain = $1`,
      [domain],
    );
  }

  /** False when a slice is being read. What was scheduled before is replaced. */
  async schedule(domains: readonly string[], { id, begin, end }: Schedule): Promise<boolean> {
    if (await this.isAnyRunning()) return false;
    const schedule = { id, begin: begin.toISOString(), end: end.toISOString() };
    await this.manager.query(
      `insert into mail.loops as l (name, domain, metadata)
       select 'scheduled', d, jsonb_build_object('schedule', $2::jsonb) from unnest($1::text[]) d order by d
       on conflict (name, domain) do update
          set status = 'finished', started_at = null, finished_at = null, last_error = null, updated_at = now(),
              metadata = (${fields} - 'canceled') || excluded.metadata`,
      [domains, JSON.stringify(schedule)],
    );
    return true;
  }

  /** Running slices are told to stop; the rest is cleared at once. */
  async cancel(): Promise<void> {
    await this.manager.query(
      `update mail.loops l
          set metadata = case when coalesce(${isRunning}, false) then l.metadata || '{"canceled": true}'
                              else l.metadata - 'schedule' - 'canceled' end,
              updated_at = now()
        where l.name = 'scheduled' and ${fields} ? 'schedule'`,
    );
  }

  /** Locks the rows, so that no slice begins meanwhile. */
  private async isAnyRunning(): Promise<boolean> {
    const rows: { running: boolean }[] = await this.manager.query(
      `select coalesce(${isRunning}, false) as running from mail.loops l where l.name = 'scheduled' order by l.domain
          for update of l`,
    );
    return rows.some(({ running }) => running);
  }

  private async renew({ holder, fencing, ttlMs }: LoopClaim): Promise<void> {
    const held = await this.leases.acquire(this.manager, loopsLease, holder, ttlMs);
    if (held !== fencing) throw new LoopLeaseLostError();
  }
}

/** What stands in a row's metadata; what is malformed counts as not there. */
export function readMetadata(value: unknown): {
  schedule: Schedule | null;
  isCanceled: boolean;
  lastStarted: string | null;
  lastFinished: string | null;
  count: number;
  isDrained: boolean;
} {
  const fields = value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  const { lastStarted, lastFinished, count } = fields;
  return {
    schedule: readSchedule(fields.schedule),
    isCanceled: fields.canceled === true,
    lastStarted: typeof lastStarted === 'string' ? lastStarted : null,
    lastFinished: typeof lastFinished === 'string' ? lastFinished : null,
    count: typeof count === 'number' ? count : 0,
    isDrained: fields.isDrained !== false,
  };
}

function readSchedule(value: unknown): Schedule | null {
  const { id, begin, end } = (value ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || typeof begin !== 'string' || typeof end !== 'string') return null;
  const window = { id, begin: new Date(begin), end: new Date(end) };
  return window.begin < window.end ? window : null;
}
