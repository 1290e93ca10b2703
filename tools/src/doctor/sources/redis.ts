import { Redis } from 'ioredis';

const connectTimeoutMs = 3_000;
const answerTimeoutMs = 5_000;

export class DoctorRedis {
  private constructor(private readonly client: Redis) {}

  static async open(url: string): Promise<DoctorRedis> {
    const client = new Redis(url, {
      lazyConnect: true,
      connectTimeout: connectTimeoutMs,
      commandTimeout: answerTimeoutMs,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    let fault: Error | undefined;
    client.on('error', (error: Error) => (fault = error));
    await client.connect().catch((error: Error) => {
      throw fault ?? error;
    });
    return new DoctorRedis(client);
  }

  /** A field of INFO; undefined where this server does not tell it. */
  async info(section: 'memory' | 'stats', field: string): Promise<string | undefined> {
    return new RegExp(`^${field}:(.*)$`, 'm').exec(await this.client.info(section))?.[1]?.trim();
  }

  hash(key: string): Promise<Record<string, string>> {
    return this.client.hgetall(key);
  }

  /** ms since 1970. */
  async clock(): Promise<number> {
    const [seconds, microseconds] = await this.client.time();
    return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  }

  close(): void {
    this.client.disconnect();
  }
}
