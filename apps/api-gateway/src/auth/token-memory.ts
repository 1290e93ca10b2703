import type { TokenHolder } from './credential.repository';

/** As long as a token revoked on another replica may go on working here. */
const keptMs = 5_000;
const mostKept = 1_000;

/** Holders of API tokens seen in the last seconds, by token hash: a burst of calls costs one look-up. */
export class TokenMemory {
  private readonly kept = new Map<string, { holder: TokenHolder; until: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  recall(tokenHash: string): TokenHolder | null {
    const entry = this.kept.get(tokenHash);
    return entry && entry.until > this.now() ? entry.holder : null;
  }

  keep(tokenHash: string, holder: TokenHolder): void {
    this.kept.delete(tokenHash);
    this.kept.set(tokenHash, { holder, until: this.now() + keptMs });
    const oldest = this.kept.keys().next();
    if (this.kept.size > mostKept && !oldest.done) this.kept.delete(oldest.value);
  }

  forgetUser(userId: number): void {
    for (const [hash, { holder }] of this.kept) if (holder.viewer.userId === userId) this.kept.delete(hash);
  }
}
