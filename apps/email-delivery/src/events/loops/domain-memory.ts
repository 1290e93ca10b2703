import type { LoopName } from './loop-rules';

/** Where the loops of one domain stand, in this process. Right only while no other process has read in between. */
export class DomainMemory {
  private readonly cursors = new Map<LoopName, Date>();
  private readonly begins = new Map<LoopName, Date>();
  private scheduleId: string | null = null;

  cursorOf(name: LoopName): Date | null {
    return this.cursors.get(name) ?? null;
  }

  /** Begin of the window that was read last. */
  beginOf(name: LoopName): Date | null {
    return this.begins.get(name) ?? null;
  }

  began(name: LoopName, begin: Date): void {
    this.begins.set(name, begin);
  }

  moved(name: LoopName, cursor: Date): void {
    this.cursors.set(name, cursor);
  }

  /** A new schedule begins at its own begin. */
  scheduleIs(id: string): void {
    if (this.scheduleId !== id) this.cursors.delete('scheduled');
    this.scheduleId = id;
  }
}
