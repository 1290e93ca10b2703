import type { CopyStore, StoredCopy } from './copy-store';

/** Keeps the copy in memory, and is away on request. */
export class FakeCopyStore implements CopyStore {
  copy: StoredCopy | null = null;
  writes = 0;
  isAway = false;
  isClosed = false;

  async read(): Promise<StoredCopy | null> {
    this.refuseWhileAway();
    return this.copy;
  }

  async touch(): Promise<string | null> {
    this.refuseWhileAway();
    return this.copy?.stamp ?? null;
  }

  async write(copy: StoredCopy): Promise<void> {
    this.refuseWhileAway();
    this.copy = copy;
    this.writes += 1;
  }

  close(): void {
    this.isClosed = true;
  }

  private refuseWhileAway(): void {
    if (this.isAway) throw new Error('connect ECONNREFUSED');
  }
}
