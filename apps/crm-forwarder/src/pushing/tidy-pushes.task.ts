import type { Logger } from '@groundswell/observability';
import type { Database, ScheduledTask } from '@groundswell/persistence';
import { EndpointRepository } from './endpoint.repository';
import { PushRepository } from './push.repository';
import { ParkedErasures } from '../dead/parked-erasures';
import type { PushSender } from './push-sender';

/** Old rows forgotten per statement. */
const forgottenAtOnce = 5_000;

/** Frees pushes whose sender is gone, drops what nobody may push any more, and forgets what is too old. Twice is safe. */
export class TidyPushesTask implements ScheduledTask {
  readonly id = 'tidy-pushes';
  private readonly pushes = new PushRepository();

  constructor(
    private readonly database: Database,
    private readonly sender: Pick<PushSender, 'wake'>,
    private readonly logger: Logger,
    readonly everyMs: number,
    private readonly keepDays: number,
  ) {}

  async run(): Promise<void> {
    const { released, erased, ofGoneOrgs } = await this.database.run(async (manager) => {
      const counts = {
        released: await this.pushes.releaseEnded(manager),
        erased: await this.pushes.dropErased(manager),
        ofGoneOrgs: await this.pushes.dropOfGoneOrgs(manager),
      };
      await this.pushes.forgetErased(manager);
      const stripped = await new ParkedErasures(manager).run();
      if (stripped > 0) this.logger.warn({ stripped }, 'parked messages of erased people dropped');
      await new EndpointRepository(manager).forgetGone();
      return counts;
    });
    if (released > 0) this.sender.wake();
    if (released + erased + ofGoneOrgs > 0) this.logger.warn({ released, erased, ofGoneOrgs }, 'pushes without a call');
    await this.forgetOld();
  }

  private async forgetOld(): Promise<void> {
    const forget = () => this.database.run((manager) => this.pushes.forgetOld(manager, this.keepDays, forgottenAtOnce));
    while ((await forget()) === forgottenAtOnce);
  }
}
