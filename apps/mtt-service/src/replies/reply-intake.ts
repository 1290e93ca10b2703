import type { MttReplyV1 } from '@groundswell/contracts';
import { done, drop, park, type Outcome } from '@groundswell/messaging';
import type { Database } from '@groundswell/persistence';
import { readReply, type ReadReply } from './reply-reader';
import { ReplyRepository } from './reply.repository';

/** Keeps what a target answered on the message it answers (background-jobs.md §8). Twice is safe: the same answer has one id. */
export class ReplyIntake {
  constructor(private readonly database: Pick<Database, 'transaction'>) {}

  async take(reply: MttReplyV1): Promise<Outcome> {
    const read = await readOrFault(reply);
    if (read === 'not readable') return park('answer not readable');
    if (read === null) return drop('automatic answer');
    if (read.text === '') return drop('empty answer');
    const stored = await this.database.transaction((manager) => new ReplyRepository(manager).store(reply, read));
    return stored === 'none' ? drop('no message to answer') : done();
  }
}

async function readOrFault({ mail }: MttReplyV1): Promise<ReadReply | null | 'not readable'> {
  try {
    return await readReply(mail);
  } catch {
    // A person sees the mail itself; what the parser says of it may quote it.
    return 'not readable';
  }
}
