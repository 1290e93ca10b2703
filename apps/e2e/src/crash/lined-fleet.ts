import type { ServiceName } from '@groundswell/fleet';
import { CrashFleet } from './crash-fleet';
import { NetworkLine } from './network-line';

/** The ways of one service to its servers. */
export interface Lines {
  broker: NetworkLine;
  database: NetworkLine;
}

/** A fleet on servers of its own, whose gateway and ingest reach broker and database over lines that can fail. */
export class LinedFleet {
  private constructor(
    readonly crash: CrashFleet,
    readonly gateway: Lines,
    readonly ingest: Lines,
  ) {}

  static async create(purpose: string): Promise<LinedFleet> {
    const crash = await CrashFleet.create(purpose);
    const { amqpUrl, databaseUrl } = crash.home.infra;
    const lines = async () => ({
      broker: await NetworkLine.to(amqpUrl),
      database: await NetworkLine.to(databaseUrl),
    });
    return new LinedFleet(crash, await lines(), await lines());
  }

  async start(): Promise<void> {
    const { crash, gateway, ingest } = this;
    await crash.start({ ingests: 0, gateways: 0 });
    const restless = { REPLICA_ID: 'action-ingest', PROCESS_OLD_INTERVAL: '2000' };
    await crash.fleet.startOne('action-ingest', { ...this.addressesOver(ingest, 'action-ingest'), ...restless });
    await crash.fleet.startOne('api-gateway', this.addressesOver(gateway, 'api-gateway'));
    await crash.ready();
  }

  async stop(): Promise<void> {
    await this.crash.stop();
    const lines = [this.gateway, this.ingest].flatMap(({ broker, database }) => [broker, database]);
    await Promise.all(lines.map((line) => line.close()));
  }

  private addressesOver({ broker, database }: Lines, name: ServiceName): Record<string, string> {
    const { fleet } = this.crash;
    const { AMQP_URL = '', DATABASE_URL = '' } = fleet.envOf(name);
    return { AMQP_URL: broker.over(AMQP_URL), DATABASE_URL: database.over(DATABASE_URL) };
  }
}
