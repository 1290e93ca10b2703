import type { TestFleet } from '../../test-fleet';
import {
  acceptSignature,
  addAttachment,
  anEnrichmentWorld,
  enrichmentSettings,
  enrichmentsOf,
  type EnrichmentWorld,
} from '../enrichment-world';
import type { JobScenario } from '../job-scenario';

async function prepare(fleet: TestFleet): Promise<EnrichmentWorld> {
  const world = await anEnrichmentWorld(fleet, { rules: [{ kind: 'LABEL' }], quota: 10, isUnconfirmed: true });
  await addAttachment(fleet, world, 'image/png');
  await addAttachment(fleet, world, 'image/jpeg');
  return world;
}

/** Both are ordered once; the files themselves are not there. */
async function check(fleet: TestFleet, world: EnrichmentWorld): Promise<void> {
  const found = await enrichmentsOf(fleet, world);
  const ended = found.filter(({ status }) => status === 'error');
  if (found.length !== 2 || ended.length !== 2) throw new Error(`not ordered once each: ${JSON.stringify(found)}`);
}

/** Killed when it is about to order. */
export const scenario: JobScenario<EnrichmentWorld> = {
  job: 'enrich-attachments',
  service: 'action-ingest',
  holdAt: 'actions.enrichments',
  settings: enrichmentSettings,
  prepare,
  start: acceptSignature,
  check,
};
