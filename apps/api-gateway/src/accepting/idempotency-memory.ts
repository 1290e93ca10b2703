import { hash } from 'node:crypto';
import { ApiError } from '../api/api-error';

/** Longest `Idempotency-Key` header, in characters (graphql-api.md §1.7). */
const maxKeyLength = 255;
/** Added by the transport to the key of each element of a batch. */
const batchIndex = /#\d+$/;

/** The key as part of the submission id, null when there is none; too long is `bad_arg`. */
export function checkedIdempotencyKey(key: string | null): string | null {
  if (!key) return null;
  if (key.length > maxKeyLength && key.replace(batchIndex, '').length > maxKeyLength) {
    throw new ApiError('bad_arg', `Idempotency-Key should be at most ${maxKeyLength} character(s)`);
  }
  return key;
}

/** What the last submissions with a key were made from, so that the same key with other input is noticed. Only as far as
 *  one replica remembers: elsewhere the first submission stands and the second is a repeat of it. */
export class IdempotencyMemory {
  private readonly inputById = new Map<string, string>();

  constructor(private readonly kept = 10_000) {}

  /** Notes the input, or throws `idempotency_mismatch`. */
  check(submissionId: string, input: unknown): void {
    const digest = hash('sha256', JSON.stringify(input), 'base64');
    const known = this.inputById.get(submissionId);
    if (known !== undefined && known !== digest) {
      throw new ApiError('idempotency_mismatch', 'Idempotency key was used with different input');
    }
    this.inputById.delete(submissionId);
    this.inputById.set(submissionId, digest);
    if (this.inputById.size > this.kept) this.forgetOldest();
  }

  private forgetOldest(): void {
    for (const oldest of this.inputById.keys()) {
      this.inputById.delete(oldest);
      return;
    }
  }
}
