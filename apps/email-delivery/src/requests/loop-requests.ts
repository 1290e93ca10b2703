import { emailDeliveryRefusals, type ChangeAnswerV1, type MailLoopsAnswerV1 } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { MailLoopError } from '../events/loops/mail-loop.error';
import type { MailLoops } from '../events/loops/mail-loops';

const refusals: Record<MailLoopError['code'], string> = {
  running: emailDeliveryRefusals.loopRunning,
  invalid_window: emailDeliveryRefusals.windowInvalid,
  no_source: emailDeliveryRefusals.noEventSource,
};

/** What an operator may do with the event loops (email-events.md §2.4, §4). */
export class LoopRequests {
  constructor(private readonly loops: MailLoops) {}

  status(): Promise<MailLoopsAnswerV1> {
    return this.loops.status();
  }

  async schedule(begin: Date, end: Date): Promise<MailLoopsAnswerV1> {
    try {
      await this.loops.schedule(begin, end);
    } catch (error) {
      if (!(error instanceof MailLoopError)) throw error;
      throw new RpcRefusedError(refusals[error.code], error.message);
    }
    return this.loops.status();
  }

  async cancel(): Promise<ChangeAnswerV1> {
    const { scheduled } = await this.loops.status();
    if (!scheduled.schedule) return { outcome: 'unchanged' };
    await this.loops.cancel();
    return { outcome: 'changed' };
  }
}
