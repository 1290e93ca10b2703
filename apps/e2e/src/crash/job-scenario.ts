import type { TestFleet } from '../test-fleet';

/** A job that is killed in the middle (`job-kills.crash-spec.ts`): what starts it, where it stands when it is killed, what shows that it was done once. */
export interface JobScenario<World = unknown> {
  /** As in docs/jobs.md. */
  job: string;
  /** Whose process is killed. */
  service: string;
  /**
   * A table (`schema.table`) that the job writes in the middle, and nothing writes before it in `start`: it is locked before `start`,
   * so that the job waits there; then the service is killed, the lock released and the service started again.
   */
  holdAt: string;
  /** Settings of services, as variables, that the scenario needs; kept apart by service. */
  settings?: Record<string, Record<string, string>>;
  /** Its own orgs, campaigns and people, on the running fleet; nothing is locked yet. */
  prepare(fleet: TestFleet): Promise<World>;
  /** Makes the job due, as its users do. */
  start(fleet: TestFleet, world: World): Promise<void>;
  /** Throws until all was done; called again and again, 60 s at most, then once more after a pause: done exactly once. */
  check(fleet: TestFleet, world: World): Promise<void>;
}
