import type { Pool } from 'pg';
import { supporterMailPurpose } from '@groundswell/domain';
import { pause } from './crash-fleet';
import { messageIdStart, type FaultyMailServer } from './faulty-mail-server';
import type { Faults } from './settlement';

export interface MailBooks {
  sql: Pool;
  server: FaultyMailServer;
  /** Tokens of this run start with it. */
  run: string;
  accepted: number;
  /** Pages whose supporters confirm first. */
  confirmingPages: ReadonlySet<number>;
}

interface StoredMail {
  actionId: number;
  purpose: string;
  state: string;
  error: string | null;
}

export interface MailFigures {
  purposes: number;
  byState: Record<string, number>;
  unknownButTaken: number;
  /** Mails not sent, by reason. */
  reasons: Record<string, number>;
}

export interface MailsSettled {
  faults: Faults;
  figures: MailFigures;
  seconds: number;
}

const shownPerKind = 10;
const isOver = ({ state }: StoredMail): boolean => ['sent', 'failed', 'unknown'].includes(state);

/** Waits until every mail has its end. The schedule of the retries is not waited for: what has to wait is made due. */
export async function settleMails(books: MailBooks, deadlineMs: number): Promise<MailsSettled> {
  const startedAt = Date.now();
  for (;;) {
    const purposes = await expectedPurposes(books);
    const mails = await storedMails(books);
    const isSettled =
      purposes.size >= books.accepted && mails.length >= purposes.size && mails.every((mail) => isOver(mail));
    if (isSettled || Date.now() > startedAt + deadlineMs) {
      const faults = faultsOf(books, purposes, mails);
      return { faults, figures: figuresOf(books, mails), seconds: (Date.now() - startedAt) / 1000 };
    }
    await makeDue(books.sql);
    await pause(500);
  }
}

/** The schedule of retries is not waited for. */
export const makeDue = (sql: Pool): Promise<unknown> =>
  sql
    .query(
      `update mail.deliveries set next_attempt_at = now()
        where state = 'queued' and next_attempt_at > now() and claimed_until is null`,
    )
    .catch(() => undefined);

/** One mail per stored action: purpose → action. */
async function expectedPurposes({ sql, run, confirmingPages }: MailBooks): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ id: number; pageId: number }>(
    `select id::int, action_page_id::int as "pageId" from actions.actions where fields->>'token' like $1 || '-%'`,
    [run],
  );
  return new Map(
    rows.map(({ id, pageId }) => {
      const kind = confirmingPages.has(pageId) ? 'confirm' : 'thank_you';
      return [supporterMailPurpose({ kind, actionId: id }), id];
    }),
  );
}

async function storedMails({ sql, run }: MailBooks): Promise<StoredMail[]> {
  const { rows } = await sql.query<StoredMail>(
    `select d.action_id::int as "actionId", d.purpose, d.state, d.error from mail.deliveries d
       join actions.actions a on a.id = d.action_id where a.fields->>'token' like $1 || '-%'`,
    [run],
  );
  return rows;
}

function faultsOf({ accepted, server }: MailBooks, purposes: ReadonlyMap<string, number>, mails: StoredMail[]): Faults {
  const stored = new Set(mails.map(({ purpose }) => purpose));
  const takenOf = ({ actionId, purpose }: StoredMail): number => server.timesTaken(actionId, purpose);
  const known = new Set(mails.map(({ actionId, purpose }) => messageIdStart(actionId, purpose)));
  const findings: Faults = {
    'signatures lost': accepted > purposes.size ? [accepted - purposes.size] : [],
    'no row': [...purposes.keys()].filter((purpose) => !stored.has(purpose)),
    'a row nobody asked for': mails.filter(({ purpose }) => !purposes.has(purpose)),
    'not over': mails.filter((mail) => !isOver(mail)),
    'without a reason': mails.filter(({ state, error }) => state !== 'sent' && !error),
    'taken twice': [...server.taken].filter(([, times]) => times > 1),
    'recipients written to twice': [...server.recipients].filter(([, times]) => times > 1),
    'taken without a row': [...server.taken.keys()].filter((id) => !known.has(id)),
    'sent, and never taken': mails.filter((mail) => mail.state === 'sent' && takenOf(mail) === 0),
    'failed, and yet taken': mails.filter((mail) => mail.state === 'failed' && takenOf(mail) > 0),
  };
  const faults = Object.entries(findings).filter(([, list]) => list.length > 0);
  return Object.fromEntries(
    faults.map(([kind, list]) => [`${kind}: ${list.length}`, list.slice(0, shownPerKind)] as const),
  );
}

function figuresOf({ server }: MailBooks, mails: StoredMail[]): MailFigures {
  const unsent = mails.filter(({ state }) => state !== 'sent');
  return {
    purposes: mails.length,
    byState: countOf(mails.map(({ state }) => state)),
    unknownButTaken: unsent.filter(
      ({ state, actionId, purpose }) => state === 'unknown' && server.timesTaken(actionId, purpose) > 0,
    ).length,
    reasons: countOf(unsent.map(({ state, error }) => `${state}: ${error ?? ''}`)),
  };
}

export function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
