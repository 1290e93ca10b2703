import type { Pool } from 'pg';
import { mttPurpose } from '@groundswell/domain';
import { pause } from './crash-fleet';
import { targetMessageIdStart, type FaultyMailServer } from './faulty-mail-server';
import { countOf, makeDue } from './mail-audit';
import type { Faults } from './settlement';

export interface MttBooks {
  sql: Pool;
  server: FaultyMailServer;
  campaignId: number;
  /** Messages to targets that were accepted. */
  accepted: number;
}

interface MessageRow {
  messageId: number;
  targetId: string;
  contactRef: string;
  state: string;
  dupeRank: number | null;
  error: string | null;
  /** The target has an address that takes mail. */
  isReachable: boolean;
}

export interface MttSettled {
  faults: Faults;
  figures: { messages: number; first: number; byState: Record<string, number>; unknownButTaken: number };
  unknown: number;
  seconds: number;
}

const shownPerKind = 10;
const isFirst = ({ dupeRank }: MessageRow): boolean => dupeRank === 0;
/** Whose target can no longer be reached waits until the campaign's end. */
const isOver = ({ state, isReachable }: MessageRow): boolean =>
  state !== 'sending' && (state !== 'pending' || !isReachable);
const purposeOf = ({ targetId, contactRef }: MessageRow): string => mttPurpose({ targetId, contactRef });

/** Waits until every message that is the first of its person to its target has its end. */
export async function settleMessages(books: MttBooks, deadlineMs: number): Promise<MttSettled> {
  const startedAt = Date.now();
  for (;;) {
    const rows = await messages(books);
    const isRanked = rows.length >= books.accepted && rows.every(({ dupeRank }) => dupeRank !== null);
    const isSettled = isRanked && rows.filter(isFirst).every(isOver);
    if (isSettled || Date.now() > startedAt + deadlineMs) {
      const first = rows.filter(isFirst);
      const unknown = first.filter(({ state }) => state === 'unknown');
      const unknownButTaken = unknown.filter((row) => timesTaken(books, row) > 0).length;
      const byState = countOf(first.map(({ state, error }) => (error === null ? state : `${state}: ${error}`)));
      return {
        faults: faultsOf(books, rows),
        figures: { messages: rows.length, first: first.length, byState, unknownButTaken },
        unknown: unknown.length,
        seconds: (Date.now() - startedAt) / 1000,
      };
    }
    await makeDue(books.sql);
    await pause(500);
  }
}

const timesTaken = ({ server }: MttBooks, row: MessageRow): number =>
  server.timesTakenByTarget(row.messageId, purposeOf(row));

async function messages({ sql, campaignId }: MttBooks): Promise<MessageRow[]> {
  const { rows } = await sql.query<Omit<MessageRow, 'contactRef'> & { fingerprint: Buffer }>(
    `select s.message_id::int as "messageId", s.target_id as "targetId", s.fingerprint, s.state, s.dupe_rank as "dupeRank", s.error,
            exists (select from catalog.target_emails a left join mtt.target_email_states e on e.target_email_id = a.id
                     where a.target_id = s.target_id and not a.disabled
                       and coalesce(e.status, 'active') in ('none', 'active')) as "isReachable"
       from mtt.message_states s where s.campaign_id = $1 and not s.testing`,
    [campaignId],
  );
  return rows.map(({ fingerprint, ...row }) => ({ ...row, contactRef: fingerprint.toString('base64url') }));
}

function faultsOf(books: MttBooks, rows: MessageRow[]): Faults {
  const { server, accepted } = books;
  const taken = (row: MessageRow): boolean => timesTaken(books, row) > 0;
  const known = new Set(rows.map((row) => targetMessageIdStart(row.messageId, purposeOf(row))));
  const perPurpose = new Map<string, number>();
  for (const [id, times] of server.taken) {
    const [purpose = ''] = id.split('.').slice(-1);
    perPurpose.set(purpose, (perPurpose.get(purpose) ?? 0) + times);
  }
  const findings: Faults = {
    'messages lost': accepted > rows.length ? [accepted - rows.length] : [],
    'without a rank': rows.filter(({ dupeRank }) => dupeRank === null),
    'not over': rows.filter((row) => isFirst(row) && !isOver(row)),
    'without a reason': rows.filter(({ state, error }) => (state === 'failed' || state === 'unknown') && !error),
    'one person to one target twice': [...perPurpose].filter(([, times]) => times > 1),
    'a duplicate mailed': rows.filter((row) => !isFirst(row) && taken(row)),
    'taken without a message': [...server.taken.keys()].filter((id) => !known.has(id)),
    'sent, and never taken': rows.filter((row) => row.state === 'sent' && !taken(row)),
    'failed, and yet taken': rows.filter((row) => row.state === 'failed' && taken(row)),
  };
  const faults = Object.entries(findings).filter(([, list]) => list.length > 0);
  return Object.fromEntries(
    faults.map(([kind, list]) => [`${kind}: ${list.length}`, list.slice(0, shownPerKind)] as const),
  );
}
