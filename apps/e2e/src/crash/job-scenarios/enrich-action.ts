import type { TestFleet } from '../../test-fleet';
import {
  anEnrichmentWorld,
  endedAs,
  enrichmentSettings,
  enrichmentsOf,
  retryEnrichment,
  type EnrichmentWorld,
} from '../enrichment-world';
import type { JobScenario } from '../job-scenario';

const quota = 1_000;
/** Characters of the comment of the signature. */
const units = 'please'.length;

async function prepare(fleet: TestFleet): Promise<EnrichmentWorld> {
  const rules = [{ kind: 'TRANSLATE', field: 'comment', language: 'de' }];
  // Nothing is allowed yet, so that what `start` begins is the first call.
  const world = await anEnrichmentWorld(fleet, { rules, quota: 0 });
  await endedAs(fleet, world, 'error');
  await fleet.sql.query('update actions.enrichment_quotas set monthly_units = $2 where org_id = $1', [
    world.org.id,
    quota,
  ]);
  return world;
}

async function start(fleet: TestFleet, world: EnrichmentWorld): Promise<void> {
  const [one] = await enrichmentsOf(fleet, world);
  await retryEnrichment(world.org, one?.id ?? 0);
}

async function check(fleet: TestFleet, world: EnrichmentWorld): Promise<void> {
  const found = await enrichmentsOf(fleet, world);
  const [one] = found;
  if (found.length !== 1 || one?.status !== 'complete' || one.units !== units || one.reserved !== 0) {
    throw new Error(`not translated once: ${JSON.stringify(found)}`);
  }
  // The call before the kill was answered, and made again: both were paid, and both are in the usage.
  const { rows } = await fleet.sql.query<{ used: number }>(
    'select used::int as used from actions.enrichment_usage where org_id = $1',
    [world.org.id],
  );
  if (rows[0]?.used !== 2 * units) throw new Error(`usage of ${rows[0]?.used} for two calls of ${units}`);
}

/** Killed when the answer is there and its end is about to be noted with its fact. */
export const scenario: JobScenario<EnrichmentWorld> = {
  job: 'enrich-action',
  service: 'action-ingest',
  holdAt: 'actions.outbox',
  settings: enrichmentSettings,
  prepare,
  start,
  check,
};
