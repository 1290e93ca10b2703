import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { GatewayLogger } from '../http/runtime.module';
import type { CredentialRepository } from './credential.repository';

const flushEveryMs = 10_000;

/** Which API tokens were used, written down together every 10 s; a token's 30 days count from there. Writing one
 *  twice is harmless. */
export class TokenUse implements OnModuleInit, BeforeApplicationShutdown {
  private used = new Set<number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly credentials: CredentialRepository,
    private readonly logger: GatewayLogger,
  ) {}

  note(tokenId: number): void {
    this.used.add(tokenId);
  }

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), flushEveryMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** What could not be written waits for the next time. */
  async flush(): Promise<void> {
    if (this.used.size === 0) return;
    const taken = this.used;
    this.used = new Set();
    try {
      // In one order everywhere, so that two replicas do not wait for each other.
      await this.credentials.touchTokens([...taken].sort((a, b) => a - b));
    } catch (error) {
      for (const tokenId of taken) this.used.add(tokenId);
      this.logger.warn({ err: error, tokens: taken.size }, 'last use of API tokens not written, will be retried');
    }
  }
}
