import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';
import { DoctorBroker } from './broker';
import { DoctorDatabase } from './database';
import { DoctorRedis } from './redis';
import { DoctorServices, type ServiceAddress } from './services';
import { SourceMissingError } from './source-missing.error';

/** Where to look; what is undefined is not looked at. */
export interface SourceAddresses {
  databaseUrl?: string;
  amqpManagementUrl?: string;
  /** Of the broker; its path is the vhost. */
  amqpUrl?: string;
  redisUrl?: string;
  services?: ServiceAddress[];
  envelopeKey?: string;
  envelopeKeyFile?: string;
}

/** The servers and secrets of one deployment, each opened when it is first asked for, and only read. */
export class Sources {
  private openedDatabase: Promise<DoctorDatabase> | undefined;
  private openedBroker: DoctorBroker | undefined;
  private openedRedis: Promise<DoctorRedis> | undefined;
  private openedServices: DoctorServices | undefined;

  constructor(private readonly addresses: SourceAddresses) {}

  /** What this was told of, for the report. */
  get names(): string[] {
    const { databaseUrl, amqpManagementUrl, redisUrl, services, envelopeKey, envelopeKeyFile } = this.addresses;
    const names = [
      databaseUrl && 'database',
      amqpManagementUrl && 'broker',
      redisUrl && 'redis',
      services?.length && `${services.length} services`,
      (envelopeKey ?? envelopeKeyFile) && 'envelope key',
    ];
    return names.filter((name): name is string => Boolean(name));
  }

  get has() {
    const { databaseUrl, amqpManagementUrl, redisUrl, services } = this.addresses;
    return {
      database: Boolean(databaseUrl),
      broker: Boolean(amqpManagementUrl),
      redis: Boolean(redisUrl),
      services: Boolean(services?.length),
    };
  }

  database(): Promise<DoctorDatabase> {
    const url = this.addresses.databaseUrl;
    if (!url) throw new SourceMissingError('DATABASE_URL');
    return (this.openedDatabase ??= DoctorDatabase.open(url));
  }

  /** The database's name, which is part of the names of keys in Redis. */
  get databaseName(): string {
    const url = this.addresses.databaseUrl;
    if (!url) throw new SourceMissingError('DATABASE_URL');
    return decodeURIComponent(new URL(url).pathname.slice(1));
  }

  broker(): DoctorBroker {
    const { amqpManagementUrl: url, amqpUrl } = this.addresses;
    if (!url) throw new SourceMissingError('AMQP_MANAGEMENT_URL');
    const vhost = (amqpUrl && decodeURIComponent(new URL(amqpUrl).pathname.slice(1))) || '/';
    return (this.openedBroker ??= new DoctorBroker(url, vhost));
  }

  redis(): Promise<DoctorRedis> {
    const url = this.addresses.redisUrl;
    if (!url) throw new SourceMissingError('REDIS_URL');
    return (this.openedRedis ??= DoctorRedis.open(url));
  }

  services(): DoctorServices {
    const { services } = this.addresses;
    if (!services?.length) throw new SourceMissingError('SERVICE_URLS');
    return (this.openedServices ??= new DoctorServices(services));
  }

  async envelope(): Promise<SecretEnvelope> {
    const { envelopeKey, envelopeKeyFile } = this.addresses;
    await cryptoReady();
    if (envelopeKey) return SecretEnvelope.fromText(envelopeKey);
    if (envelopeKeyFile) return SecretEnvelope.fromFile(envelopeKeyFile);
    throw new SourceMissingError('ENVELOPE_KEY');
  }

  /** Lists that were kept for one look are asked for anew. */
  forget(): void {
    this.openedBroker?.forget();
    this.openedServices?.forget();
  }

  async close(): Promise<void> {
    // What could not be opened was said by the checks that wanted it.
    await this.openedDatabase?.then((database) => database.close()).catch(() => undefined);
    await this.openedRedis?.then((redis) => redis.close()).catch(() => undefined);
  }
}
