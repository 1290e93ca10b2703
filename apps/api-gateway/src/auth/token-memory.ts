import type { TokenHolder } from './credential.repository';

/** As long as a token revoked on another replica may go on working here: nobody tells, so it is soon looked up again. */
const keptMs = 1_000;
const mostKept = 1_000;

/** Holders of API tokens seen in the last seconds, by token hash: a burst of calls costs one look-up. */
export class TokenMemory {
  private readonly kept = new Map<string, { holder: TokenHolder; until: number }>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  time(): number {
    return this.now();
  }

  recall(tokenHash: string): TokenHolder | null {
    const entry = this.kept.get(tokenHash);
    return entry && entry.until > this.now() ? entry.holder : null;
  }

  /** `askedAt` is `time()` before the look-up: it may have been revoked while that was under way. */
  keep(tokenHash: string, holder: TokenHolder, askedAt: number): void {
    this.kept.delete(tokenHash);
    this.kept.set(tokenHash, { holder, until: askedAt + keptMs });
    const oldest = this.kept.keys().next();
    if (this.kept.size > mostKept && !oldest.done) this.kept.delete(oldest.value);
  }

  forgetUser(userId: number): void {
    for (const [hash, { holder }] of this.kept) if (holder.viewer.userId === userId) this.kept.delete(hash);
  }
}
