import type { ConsumerSupervisor } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { isDatabaseFault, type Database, type OwnedSchema } from '@groundswell/persistence';
import { TurnLoop } from '../turn-loop';

/** How often every process of a service compares what it must not read, ms. */
const lookEveryMs = 2_000;
/** How long a start waits for the database, ms: without it no handler gets far either. */
const startWaitMs = 1_000;

/** Queues of this service that a person has paused: no process of it reads them until they are resumed, restarts or not. */
export class ConsumerPauses {
  private known = '';
  private readonly loop: TurnLoop;

  constructor(
    private readonly database: Pick<Database, 'connect' | 'query'>,
    private readonly schema: OwnedSchema,
    private readonly consumers: Pick<ConsumerSupervisor, 'pauseQueues'>,
    logger: Logger,
  ) {
    this.loop = new TurnLoop(() => this.look(), { pollMs: lookEveryMs, failed: 'paused queues not read', logger });
  }

  /** Before the consumers start. */
  async load(): Promise<void> {
    if (await this.database.connect(startWaitMs)) await this.apply();
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** False when it was paused before. */
  async pause(queue: string, by: string): Promise<boolean> {
    const rows = await this.database.query(
      `insert into ${this.schema}.consumer_pauses (queue, paused_by) values ($1, $2) on conflict do nothing returning queue`,
      [queue, by],
    );
    await this.apply();
    return rows.length === 1;
  }

  /** False when it was not paused. */
  async resume(queue: string): Promise<boolean> {
    const rows = await this.database.query(
      `with gone as (delete from ${this.schema}.consumer_pauses where queue = $1 returning queue) select queue from gone`,
      [queue],
    );
    await this.apply();
    return rows.length === 1;
  }

  /** While the database is away all stays as it was; that it is away others tell. */
  private async look(): Promise<void> {
    try {
      await this.apply();
    } catch (error) {
      if (!isDatabaseFault(error)) throw error;
    }
  }

  private async apply(): Promise<void> {
    const rows = await this.database.query<{ queue: string }>(
      `select queue from ${this.schema}.consumer_pauses order by queue`,
    );
    const queues = rows.map(({ queue }) => queue);
    const found = queues.join('\n');
    if (found === this.known) return;
    await this.consumers.pauseQueues(new Set(queues));
    this.known = found;
  }
}
