import { answerTooLarge, type HttpCaller } from '../../providers/http/http-caller';
import { BoundedCache } from '../../templates/bounded-cache';
import type { StoredFile } from '../../templates/attachments';
import { storageCall, type StorageAccount } from './storage-call';

export type FilesRead = { kind: 'read'; files: StoredFile[] } | { kind: 'not read'; reason: string; isFinal: boolean };

export interface StoredFileLimits {
  /** Of all files of one mail. */
  maxMailBytes: number;
  /** Kept of all mails together. */
  keptBytes: number;
  keptMs: number;
  /** What could not be read is not asked for again before, ms. */
  restMs: number;
}

export const storedFileLimits = {
  keptBytes: 33_554_432,
  keptMs: 60_000,
  restMs: 30_000,
};

type FileRead =
  { kind: 'read'; content: Buffer } | { kind: 'not read'; reason: string; isFinal: boolean; isAway: boolean };

interface Kept {
  read: Promise<FileRead>;
  until: number;
}

/** Files in an org's storage backend, each fetched once for the mails that name it at about the same time. */
export class StoredFiles {
  private readonly kept: BoundedCache<string, Kept>;
  /** By service: until when it is left alone, and why. */
  private readonly resting = new Map<number, { until: number; reason: string }>();

  constructor(
    private readonly caller: Pick<HttpCaller, 'call'>,
    private readonly limits: StoredFileLimits,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.kept = new BoundedCache({ maxEntries: 1_000, maxChars: limits.keptBytes });
  }

  /** `version` changes with the account. */
  async read(account: StorageAccount, version: number, paths: readonly string[]): Promise<FilesRead> {
    const read = await Promise.all(paths.map((path) => this.readOne(account, version, path)));
    const files: StoredFile[] = [];
    for (const [at, result] of read.entries()) {
      if (result.kind === 'not read') return { kind: 'not read', reason: result.reason, isFinal: result.isFinal };
      files.push({ path: paths[at] ?? '', content: result.content });
    }
    const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
    return bytes > this.limits.maxMailBytes ? tooLarge : { kind: 'read', files };
  }

  private readOne(account: StorageAccount, version: number, path: string): Promise<FileRead> {
    const key = `${account.id}:${version}:${path}`;
    const known = this.kept.get(key);
    if (known && this.now() < known.until) return known.read;
    const rest = this.resting.get(account.id);
    if (rest && this.now() < rest.until) return Promise.resolve(notRead(rest.reason));
    const kept = { read: this.fetch(account, path), until: this.now() + this.limits.keptMs };
    this.kept.set(key, kept, 0);
    void kept.read.then((result) => this.keep(account.id, key, kept, result));
    return kept.read;
  }

  private keep(serviceId: number, key: string, kept: Kept, result: FileRead): void {
    const restUntil = this.now() + this.limits.restMs;
    if (result.kind === 'not read') {
      kept.until = restUntil;
      if (result.isAway) this.resting.set(serviceId, { until: restUntil, reason: result.reason });
    } else {
      this.resting.delete(serviceId);
      if (this.kept.get(key) === kept) this.kept.set(key, kept, result.content.length);
    }
  }

  private async fetch(account: StorageAccount, path: string): Promise<FileRead> {
    const call = storageCall(account, path);
    if (!call) return { ...notRead('a file cannot be in this storage'), isFinal: true };
    const answer = await this.caller.call({ ...call, isBinary: true, maxAnswerBytes: this.limits.maxMailBytes });
    if (answer.kind !== 'answered') {
      if (answer.error === answerTooLarge) return { ...tooLarge, isAway: false };
      return { ...notRead(`storage: ${answer.error}`), isAway: true };
    }
    if (answer.status === 200 && answer.bytes) return { kind: 'read', content: answer.bytes };
    return { ...notRead(`storage: HTTP ${answer.status}`), isAway: answer.status >= 500 };
  }
}

const notRead = (reason: string) => ({ kind: 'not read' as const, reason, isFinal: false, isAway: false });
const tooLarge = { kind: 'not read' as const, reason: 'the files are too large', isFinal: true };
