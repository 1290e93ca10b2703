import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@groundswell/testing';
import type { ServiceName } from '@groundswell/fleet';
import { pause } from '../src/crash/crash-fleet';
import { say } from '../src/crash/crash-report';
import { JobHold } from '../src/crash/job-hold';
import type { JobScenario } from '../src/crash/job-scenario';
import { TestFleet } from '../src/test-fleet';

const folder = join(import.meta.dirname, '../src/crash/job-scenarios');
/** One of each service; `all` for every job there is, or their names with commas. */
const short = 'enrich-action,build-mailout,report';
const chosen = (process.env['CRASH_JOBS'] ?? short).split(',');
const running = ['email-delivery', 'stats-service', 'notify-service', 'mtt-service'] as const;

type Settings = Record<string, Record<string, string>>;

async function loadScenarios(): Promise<JobScenario[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const loaded = await Promise.all(
    files.map((file) => import(join(folder, file)) as Promise<{ scenario: JobScenario }>),
  );
  return loaded.map(({ scenario }) => scenario).filter(({ job }) => chosen.includes('all') || chosen.includes(job));
}

/** Of all scenarios together; two that want the same setting otherwise cannot share a fleet. */
function settingsOf(scenarios: readonly JobScenario[]): Settings {
  const all: Settings = {};
  for (const { job, settings = {} } of scenarios) {
    for (const [service, variables] of Object.entries(settings)) {
      const known = (all[service] ??= {});
      for (const [name, value] of Object.entries(variables)) {
        if ((known[name] ?? value) !== value) throw new Error(`${job} wants another ${name} of ${service}`);
        known[name] = value;
      }
    }
  }
  return all;
}

const scenarios = await loadScenarios();

describe('a job whose process is killed in the middle is done once', () => {
  let fleet: TestFleet;

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.startObjectStore();
    const settings = settingsOf(scenarios);
    await fleet.start(settings);
    for (const name of running) await fleet.startOne(name as ServiceName, settings[name]);
    await Promise.all(fleet.services.map((service) => service.ready({ deadlineMs: 60_000 })));
  });
  afterAll(() => fleet.stop());

  it.each(scenarios.map((scenario) => [scenario.job, scenario.service, scenario] as const))(
    '%s of %s',
    async (job, service, scenario) => {
      const world = await scenario.prepare(fleet);
      const hold = await JobHold.at(fleet, job, service, scenario.holdAt);
      const process = fleet.service(service);
      try {
        await Promise.all([scenario.start(fleet, world), hold.untilItWaits()]);
        await process.kill('SIGKILL');
      } finally {
        await hold.release();
      }
      await hold.endLeases();
      await process.restart();
      await process.ready({ deadlineMs: 60_000 });

      await waitFor(async () => {
        await scenario.check(fleet, world);
        return true;
      });
      // Whatever would do it a second time has had its turn.
      await pause(300);
      await scenario.check(fleet, world);
      const claimedTwice = (await hold.rows()).filter(({ fencing }) => fencing > 1);
      expect(claimedTwice.length).toBeGreaterThan(0);
      say(`${job}: killed at ${scenario.holdAt}, done once`);
    },
  );
});
