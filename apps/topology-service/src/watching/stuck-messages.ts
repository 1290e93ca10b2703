import type { QueueFigures } from '../broker/management.client';

/** Looks in a row after which messages count as stuck: while nothing else moves in the queue, and while something does. At
 *  5 s a look that is 20 s and five minutes; a message on its way from queue to queue takes milliseconds. */
const looksAtRest = 4;
const looksInFlow = 60;

interface Suspicion {
  flow: string;
  atRest: number;
  inFlow: number;
}

/** Finds messages that are neither ready nor with a reader: rejected or expired ones that the next queue never confirmed, so
 *  that nobody will see them again (design.md §4). */
export class StuckMessages {
  private suspicions = new Map<string, Suspicion>();
  private readonly seenFree = new Set<string>();
  private readonly untold = new Map<string, boolean>();
  private toldOf = new Set<string>();

  /** Queues whose messages got stuck, until told. `isNew`: they were seen without any before. */
  get begun(): { queue: string; isNew: boolean }[] {
    return [...this.untold].map(([queue, isNew]) => ({ queue, isNew }));
  }

  told(queue: string): void {
    this.untold.delete(queue);
    this.toldOf.add(queue);
  }

  /** Queue → stuck messages, as of this look. */
  observe(figures: readonly QueueFigures[]): Map<string, number> {
    const next = new Map<string, Suspicion>();
    const stuck = new Map<string, number>();
    for (const queue of figures) {
      const count = neitherReadyNorRead(queue);
      if (count === 0) {
        this.seenFree.add(queue.name);
        continue;
      }
      const flow = JSON.stringify([queue.messages, queue.messages_ready, queue.message_stats]);
      const before = this.suspicions.get(queue.name);
      const suspicion = {
        flow,
        atRest: before?.flow === flow ? before.atRest + 1 : 1,
        inFlow: (before?.inFlow ?? 0) + 1,
      };
      next.set(queue.name, suspicion);
      if (suspicion.atRest >= looksAtRest || suspicion.inFlow >= looksInFlow) stuck.set(queue.name, count);
    }
    this.suspicions = next;
    this.begin(stuck);
    return stuck;
  }

  private begin(stuck: ReadonlyMap<string, number>): void {
    this.toldOf = new Set([...this.toldOf].filter((queue) => stuck.has(queue)));
    for (const queue of this.untold.keys()) if (!stuck.has(queue)) this.untold.delete(queue);
    for (const queue of stuck.keys()) {
      if (this.toldOf.has(queue) || this.untold.has(queue)) continue;
      this.untold.set(queue, this.seenFree.has(queue));
      this.seenFree.delete(queue);
    }
  }
}

/** Nothing in it at all, not even what waits for the next queue to confirm it. */
export const isDrained = ({
  messages,
  messages_ready: ready,
  messages_unacknowledged: unacked,
}: QueueFigures): boolean => messages === 0 && ready === 0 && unacked === 0;

const neitherReadyNorRead = ({ messages, messages_ready: ready, messages_unacknowledged: unacked }: QueueFigures) =>
  messages === undefined || ready === undefined || unacked === undefined ? 0 : Math.max(0, messages - ready - unacked);
