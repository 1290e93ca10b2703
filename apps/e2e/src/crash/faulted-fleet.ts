import { fleet as members, type ServiceName } from '@groundswell/fleet';
import { CrashFleet } from './crash-fleet';
import { NetworkLine } from './network-line';

/** What the services reach over a network. */
export const linkNames = ['broker', 'database', 'redis', 'smtp'] as const;
export type LinkName = (typeof linkNames)[number];

/** All services on servers of their own, which they reach over lines that can fail. Whoever looks on has ways of his own. */
export class FaultedFleet {
  private constructor(
    readonly crash: CrashFleet,
    readonly lines: Record<LinkName, NetworkLine>,
  ) {}

  /** `smtpUrl`: of the mail server behind the fourth line. */
  static async create(purpose: string, smtpUrl: string): Promise<FaultedFleet> {
    const crash = await CrashFleet.create(purpose);
    const { amqpUrl, databaseUrl, redisUrl } = crash.home.infra;
    const [broker, database, redis, smtp] = [
      await NetworkLine.to(amqpUrl),
      await NetworkLine.to(databaseUrl),
      await NetworkLine.to(redisUrl),
      await NetworkLine.to(smtpUrl),
    ];
    return new FaultedFleet(crash, { broker, database, redis, smtp });
  }

  /** Resolves when all can work. */
  async start(settings: Partial<Record<ServiceName, Record<string, string>>>): Promise<void> {
    for (const { name } of members) {
      await this.crash.fleet.startOne(name, { ...this.addressesOf(name), ...settings[name] });
    }
    await this.crash.ready();
  }

  async stop(): Promise<void> {
    await this.crash.stop();
    await Promise.all(Object.values(this.lines).map((line) => line.close()));
  }

  private addressesOf(name: ServiceName): Record<string, string> {
    const { AMQP_URL = '', DATABASE_URL = '', REDIS_URL = '' } = this.crash.fleet.envOf(name);
    const { broker, database, redis } = this.lines;
    return {
      AMQP_URL: broker.over(AMQP_URL),
      DATABASE_URL: database.over(DATABASE_URL),
      REDIS_URL: redis.over(REDIS_URL),
    };
  }
}
