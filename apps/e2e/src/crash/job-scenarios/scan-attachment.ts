import { aSignatureWithFile, checkKept, lookNow, sendFile, type AttachmentWorld } from '../attachment-world';
import type { JobScenario } from '../job-scenario';

/** Killed when all is in the store and nothing in the database. */
export const scenario: JobScenario<AttachmentWorld> = {
  job: 'scan-attachment',
  service: 'action-ingest',
  holdAt: 'actions.attachments',
  prepare: aSignatureWithFile,
  async start(fleet, world) {
    await sendFile(world);
    await lookNow(fleet, world);
  },
  async check(fleet, world) {
    await lookNow(fleet, world);
    await checkKept(fleet, world);
  },
};
