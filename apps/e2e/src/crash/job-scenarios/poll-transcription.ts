import { waitFor } from '@groundswell/testing';
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

const units = 21;

/** Submitted, and under way until `start`. */
async function prepare(fleet: TestFleet): Promise<EnrichmentWorld> {
  const rules = [{ kind: 'TRANSCRIBE' }];
  const world = await anEnrichmentWorld(fleet, { rules, quota: 1_000, isUnconfirmed: true });
  await addAttachment(fleet, world, 'audio/mpeg');
  await acceptSignature(fleet, world);
  await waitFor(async () => {
    const name = await nameOf(fleet, world);
    return name !== null && world.aws.transcriptions.jobs.has(name);
  });
  return world;
}

async function nameOf(fleet: TestFleet, world: EnrichmentWorld): Promise<string | null> {
  const [one] = await enrichmentsOf(fleet, world);
  return one ? `groundswell-${one.id}-1` : null;
}

async function start(fleet: TestFleet, world: EnrichmentWorld): Promise<void> {
  const name = await nameOf(fleet, world);
  if (name === null) throw new Error('nothing was submitted');
  world.aws.transcriptions.complete(name, 'I am with you', units);
}

async function check(fleet: TestFleet, world: EnrichmentWorld): Promise<void> {
  const found = await enrichmentsOf(fleet, world);
  const [one] = found;
  if (found.length !== 1 || one?.status !== 'complete' || one.units !== units || one.reserved !== 0) {
    throw new Error(`not transcribed once: ${JSON.stringify(found)}`);
  }
  const name = await nameOf(fleet, world);
  const started = world.aws.transcriptions.started.filter((one) => one === name);
  if (started.length !== 1) throw new Error(`submitted ${started.length} times`);
  if (world.aws.transcriptions.jobs.has(name ?? '')) throw new Error('the transcript is still with the provider');
  const { rows } = await fleet.sql.query<{ used: number }>(
    'select used::int as used from actions.enrichment_usage where org_id = $1',
    [world.org.id],
  );
  if (rows[0]?.used !== units) throw new Error(`usage of ${rows[0]?.used}`);
}

/** Killed when the transcript is read and about to be kept, with its fact. */
export const scenario: JobScenario<EnrichmentWorld> = {
  job: 'poll-transcription',
  service: 'action-ingest',
  holdAt: 'actions.outbox',
  settings: enrichmentSettings,
  prepare,
  start,
  check,
};
