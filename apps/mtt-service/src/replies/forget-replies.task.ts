import { Database, type ScheduledTask } from '@groundswell/persistence';
import { ReplyRepository } from './reply.repository';

/** Answers do not outlive their time, nor the erasure of the person whose message they answer. */
export class ForgetRepliesTask implements ScheduledTask {
  readonly id = 'mtt-forget-replies';

  constructor(
    private readonly database: Database,
    readonly everyMs: number,
    private readonly keepDays: number,
  ) {}

  async run(): Promise<void> {
    await this.database.transaction((manager) => new ReplyRepository(manager).forget(this.keepDays));
  }
}
