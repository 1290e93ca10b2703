import { answerTooLarge, type HttpCaller } from '@groundswell/http';
import { BoundedCache } from '../../templates/bounded-cache';
import type { StoredFile } from '../../templates/attachments';
import { ByteBudget } from './byte-budget';
import { storageCall, type StorageAccount } from './storage-call';

/** `isAsked` false: the storage rests, so nothing was asked of it. */
export type FilesRead =
  { kind: 'read'; files: StoredFile[] } | { kind: 'not read'; reason: string; isFinal: boolean; isAsked: boolean };

export interface StoredFileLimits {
  /** Of all files of one mail. */
  maxMailBytes: number;
  /** Kept of all mails together. */
  keptBytes: number;
  /** Of all files being fetched, each as large as it may be. */
  fetchedBytes: number;
  keptMs: number;
  /** What could not be read is not asked for again before, ms. */
  restMs: number;
}

export const storedFileLimits = {
  keptBytes: 33_554_432,
  fetchedBytes: 33_554_432,
  keptMs: 60_000,
  restMs: 30_000,
};

type FileRead =
  | { kind: 'read'; content: Buffer }
  | { kind: 'not read'; reason: string; isFinal: boolean; isAway: boolean; isAsked: boolean };

interface Kept {
  read: Promise<FileRead>;
  /** Longest that was read, bytes. */
  limit: number;
  until: number;
}

/** Files in an org's storage backend, each fetched once for the mails that name it at about the same time. One after the other, and no
 *  more of them than a mail may have: what is held at once is bounded, whatever supporters name. */
export class StoredFiles {
  private readonly kept: BoundedCache<string, Kept>;
  private readonly budget: ByteBudget;
  /** By service: until when it is left alone, and why. */
  private readonly resting = new Map<number, { until: number; reason: string }>();

  constructor(
    private readonly caller: Pick<HttpCaller, 'call'>,
    private readonly limits: StoredFileLimits,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.kept = new BoundedCache({ maxEntries: 1_000, maxChars: limits.keptBytes });
    this.budget = new ByteBudget(limits.fetchedBytes);
  }

  /** `version` changes with the account. */
  async read(account: StorageAccount, version: number, paths: readonly string[]): Promise<FilesRead> {
    const files: StoredFile[] = [];
    let left = this.limits.maxMailBytes;
    for (const path of paths) {
      const result = await this.readOne(account, version, path, left);
      if (result.kind === 'not read') {
        const { reason, isFinal, isAsked } = result;
        return { kind: 'not read', reason, isFinal, isAsked };
      }
      left -= result.content.length;
      if (left < 0) return { kind: 'not read', reason: tooLarge.reason, isFinal: true, isAsked: true };
      files.push({ path, content: result.content });
    }
    return { kind: 'read', files };
  }

  private readOne(account: StorageAccount, version: number, path: string, limit: number): Promise<FileRead> {
    const key = `${account.id}:${version}:${path}`;
    const known = this.kept.get(key);
    if (known && this.now() < known.until && known.limit >= limit) return known.read;
    const rest = this.resting.get(account.id);
    if (rest && this.now() < rest.until) return Promise.resolve({ ...notRead(rest.reason), isAsked: false });
    const read = this.budget.with(limit, () => this.fetch(account, path, limit));
    const kept = { read, limit, until: this.now() + this.limits.keptMs };
    this.kept.set(key, kept, 0);
    void kept.read.then((result) => this.keep(account.id, key, kept, result));
    return kept.read;
  }

  private keep(serviceId: number, key: string, kept: Kept, result: FileRead): void {
    const restUntil = this.now() + this.limits.restMs;
    if (result.kind === 'not read') {
      kept.until = restUntil;
      if (result.isAway) this.resting.set(serviceId, { until: restUntil, reason: result.reason });
      // Too large for what one mail had left is not too large for another.
      if (result.reason !== tooLarge.reason) kept.limit = this.limits.maxMailBytes;
    } else {
      kept.limit = this.limits.maxMailBytes;
      this.resting.delete(serviceId);
      if (this.kept.get(key) === kept) this.kept.set(key, kept, result.content.length);
    }
  }

  private async fetch(account: StorageAccount, path: string, limit: number): Promise<FileRead> {
    const call = await storageCall(account, path);
    if (!call) return { ...notRead('a file cannot be in this storage'), isFinal: true };
    const answer = await this.caller.call({ ...call, isBinary: true, maxAnswerBytes: limit });
    if (answer.kind !== 'answered') {
      if (answer.error === answerTooLarge) return tooLarge;
      return { ...notRead(`storage: ${answer.error}`), isAway: true };
    }
    if (answer.status === 200 && answer.bytes) return { kind: 'read', content: answer.bytes };
    return { ...notRead(`storage: HTTP ${answer.status}`), isAway: answer.status >= 500 };
  }
}

const notRead = (reason: string) => ({
  kind: 'not read' as const,
  reason,
  isFinal: false,
  isAway: false,
  isAsked: true,
});
const tooLarge = { ...notRead('the files are too large'), isFinal: true };
