import { aSignatureWithFile, checkKept, lookNow, sendFile, storeOf, type AttachmentWorld } from '../attachment-world';
import type { JobScenario } from '../job-scenario';

/** From the end of `prepare` on: the table must be locked by then. */
const dueAfterSeconds = 3;

const removalsOf = async (sql: { query(text: string, values: unknown[]): Promise<{ rows: unknown[] }> }, id: string) =>
  (await sql.query('select from actions.object_removals where key like $1', [`%${id}%`])).rows.length;

/** Killed when the objects are gone and their rows are not. */
export const scenario: JobScenario<AttachmentWorld> = {
  job: 'remove-objects',
  service: 'action-ingest',
  holdAt: 'actions.object_removals',
  settings: { 'action-ingest': { SWEEP_QUARANTINE_INTERVAL: '300', REMOVE_OBJECTS_INTERVAL: '300' } },
  async prepare(fleet) {
    const world = await aSignatureWithFile(fleet);
    await sendFile(world);
    for (let attempt = 0; ; attempt += 1) {
      await lookNow(fleet, world);
      try {
        await checkKept(fleet, world);
        break;
      } catch (error) {
        if (attempt >= 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    // In one statement with the row that goes, or the next turn would take them at once.
    await fleet.sql.query(
      'begin; delete from actions.attachments where object_id = ' +
        `'${world.objectId}'` +
        `; update actions.object_removals set remove_after = now() + interval '${dueAfterSeconds} seconds'; commit`,
    );
    return world;
  },
  start: () => Promise.resolve(),
  async check(fleet, { objectId }) {
    if (storeOf(fleet).keys.some((key) => key.includes(objectId))) throw new Error('its objects are still there');
    if ((await removalsOf(fleet.sql, objectId)) > 0) throw new Error('they are still noted to go');
  },
};
