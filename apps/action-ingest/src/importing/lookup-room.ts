import { TransientError } from '@groundswell/messaging';
import type { Database } from '@groundswell/persistence';

/** Look-ups of an org that may wait while rows of its files are published. */
const mostWaiting = 500;

/**
 * Throws TransientError while many actions of the org wait for its own service (processing.md §8.2): look-ups are made in the order they
 * came, so signatures of people would wait behind a file's rows. Other orgs' files have their turn meanwhile.
 */
export async function requireLookupRoom(database: Pick<Database, 'query'>, orgId: number): Promise<void> {
  const waiting = await database.query(
    `select from actions.detail_lookups where org_id = $1 and state = 'waiting' limit ${mostWaiting}`,
    [orgId],
  );
  if (waiting.length >= mostWaiting) {
    throw new TransientError('the detail backend of the org is behind: rows wait for it');
  }
}
