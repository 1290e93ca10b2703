/** What waits, is being done or needs a person, by what it is. `broker`: messages in a queue of the broker. */
export const workKinds = [
  'broker',
  'outbox',
  'spool',
  'jobs',
  'mail',
  'mailings',
  'mail-events',
  'loops',
  'mtt',
  'pushes',
  'awaiting',
  'references',
  'enrichment',
  'parked',
] as const;
export type WorkKind = (typeof workKinds)[number];

/** A row of topology.waiting_work. */
export interface WaitingWork {
  kind: WorkKind;
  /** The service it belongs to. */
  owner: string;
  /** Within its kind and owner. */
  name: string;
  /** Null: of no org, or of the one the queue is called after. */
  orgId: number | null;
  waiting: number;
  delayed: number;
  active: number;
  failed: number;
  /** A person must decide. */
  dead: number;
  oldestSeconds: number | null;
  reason: string | null;
  isPaused: boolean;
}

/** A row of topology.work_done: in the last minute. */
export interface WorkDone {
  kind: WorkKind;
  owner: string;
  name: string;
  orgId: number | null;
  done: number;
  errors: number;
}

/** How one queue is called, whoever shows it: a queue of the broker by its own name, everything else with a colon. */
export function monitoredName(row: Pick<WaitingWork, 'kind' | 'owner' | 'name' | 'orgId'>): string {
  switch (row.kind) {
    case 'broker':
      return row.name;
    case 'outbox':
      return `outbox:${row.owner}:${row.orgId ?? 0}`;
    case 'jobs':
    case 'parked':
      return `${row.kind}:${row.owner}:${row.name}`;
    case 'pushes':
      return `pushes:${row.orgId ?? 0}:${row.name}`;
    case 'spool':
      return 'spool:submissions';
    default:
      return `${row.kind}:${row.name}`;
  }
}

/** What some rows come to. */
export interface WorkFigures {
  waiting: number;
  delayed: number;
  active: number;
  failed: number;
  dead: number;
  oldestSeconds: number | null;
  isPaused: boolean;
  /** Of what failed or is dead, most frequent first. */
  reasons: { reason: string; count: number }[];
}

/** Reasons that are told of one queue. */
const mostReasons = 10;

export const noWork: WorkFigures = {
  ...{ waiting: 0, delayed: 0, active: 0, failed: 0, dead: 0 },
  oldestSeconds: null,
  isPaused: false,
  reasons: [],
};

export function sumOfWork(rows: readonly WaitingWork[]): WorkFigures {
  const sum = (figure: 'waiting' | 'delayed' | 'active' | 'failed' | 'dead'): number =>
    rows.reduce((total, row) => total + row[figure], 0);
  const ages = rows.flatMap(({ oldestSeconds }) => (oldestSeconds === null ? [] : [oldestSeconds]));
  return {
    waiting: sum('waiting'),
    delayed: sum('delayed'),
    active: sum('active'),
    failed: sum('failed'),
    dead: sum('dead'),
    oldestSeconds: ages.length === 0 ? null : Math.max(...ages),
    isPaused: rows.some(({ isPaused }) => isPaused),
    reasons: reasonsOf(rows),
  };
}

function reasonsOf(rows: readonly WaitingWork[]): { reason: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { reason, failed, dead } of rows) {
    if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + failed + dead);
  }
  const reasons = [...counts].map(([reason, count]) => ({ reason, count })).filter(({ count }) => count > 0);
  return reasons.sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)).slice(0, mostReasons);
}

/** Rows by the name they are shown under. */
export function byMonitoredName<Row extends Pick<WaitingWork, 'kind' | 'owner' | 'name' | 'orgId'>>(
  rows: readonly Row[],
): Map<string, Row[]> {
  const named = new Map<string, Row[]>();
  for (const row of rows) {
    const name = monitoredName(row);
    const found = named.get(name);
    if (found) found.push(row);
    else named.set(name, [row]);
  }
  return named;
}
