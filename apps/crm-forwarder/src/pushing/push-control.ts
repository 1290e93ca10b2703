import type { Database } from '@groundswell/persistence';
import { EndpointRepository } from './endpoint.repository';
import type { PushSender } from './push-sender';
import { PushRepository } from './push.repository';

/** `unchanged`: it is so already, or cannot be any more. `not_found` also for what belongs to another org. */
export type ControlResult = 'changed' | 'unchanged' | 'not_found';

/** Ids of rows; what is not one of them is not found. */
const pushIdForm = /^[1-9]\d{0,17}$/;

/** Pushes of one statement: a backlog of any size takes many short ones. */
const replayedAtOnce = 5_000;

/** What people do to pushes and endpoints. An org id of null stands for the instance itself, which may do it to any org's. */
export class PushControl {
  private readonly pushes = new PushRepository();

  constructor(
    private readonly database: Database,
    private readonly sender: Pick<PushSender, 'wake'>,
  ) {}

  /** A disabled endpoint is called again, and what waits for it is due at once. Nothing else enables one: new settings may be
   *  as wrong as the old, and somebody has to say that they are right. */
  async enable(orgId: number | null, serviceId: number): Promise<ControlResult> {
    const result = await this.database.transaction(async (manager) => {
      const enabled = await new EndpointRepository(manager).enable(orgId, serviceId);
      if (enabled === 'changed') await this.pushes.hasten(manager, serviceId);
      return enabled;
    });
    return this.wakeAfter(result);
  }

  /** A push that failed begins its schedule anew. One that was delivered has no body any more: its action can be requeued. */
  async replay(orgId: number | null, pushId: string): Promise<ControlResult> {
    return this.wakeAfter(await this.change(orgId, pushId, 'replay'));
  }

  /** Of an org, what failed and was taken over from `from` on and before `to`. Returns how many. */
  async replayFailed(orgId: number, range: { from?: Date; to?: Date } = {}): Promise<number> {
    // What fails again meanwhile is not replayed again.
    const failedBefore = await this.database.run((manager) => this.pushes.clock(manager));
    const portion = { ...range, failedBefore, limit: replayedAtOnce };
    let count = 0;
    for (;;) {
      const replayed = await this.database.run((manager) => this.pushes.replayFailed(manager, orgId, portion));
      count += replayed;
      if (replayed > 0) this.sender.wake();
      if (replayed < replayedAtOnce) return count;
    }
  }

  /** A push that waits or failed is never called again, and loses its body. One that is being called cannot be dropped. */
  drop(orgId: number | null, pushId: string): Promise<ControlResult> {
    return this.change(orgId, pushId, 'drop');
  }

  private async change(orgId: number | null, pushId: string, what: 'replay' | 'drop'): Promise<ControlResult> {
    if (!pushIdForm.test(pushId)) return 'not_found';
    return this.database.transaction(async (manager) => {
      if ((await this.pushes.stateOf(manager, orgId, pushId)) === null) return 'not_found';
      return (await this.pushes[what](manager, pushId)) > 0 ? 'changed' : 'unchanged';
    });
  }

  private wakeAfter(result: ControlResult): ControlResult {
    if (result === 'changed') this.sender.wake();
    return result;
  }
}
