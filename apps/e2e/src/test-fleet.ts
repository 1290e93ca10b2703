import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import type { Pool } from 'pg';
import { cryptoReady, hashPassword, SecretEnvelope } from '@groundswell/crypto';
import { roleMask } from '@groundswell/domain';
import { startS3Server, waitFor, type S3Server } from '@groundswell/testing';
import { serviceEnv, startService, type FleetSecrets, type Service, type ServiceName } from '@groundswell/fleet';
import { ApiClient } from './api-client';
import { compileCache } from './compile-cache';
import { rolePassword, sharedHome, type FleetHome } from './fleet-home';

const newPassword = (): string => randomBytes(9).toString('hex');

/** The built services as processes of their own, on a database and a vhost of their own; looked at from outside only. */
export class TestFleet {
  readonly services: Service[] = [];
  /** Of a balancer before the gateways, where there is one. */
  frontUrl: string | null = null;
  /** Null until it is asked for. */
  objectStore: S3Server | null = null;
  /** Several fleets share a broker, and its users are the broker's. */
  private readonly userPrefix = `t${randomBytes(4).toString('hex')}-`;

  private constructor(
    readonly home: FleetHome,
    readonly secrets: FleetSecrets,
  ) {}

  /** On the servers that all tests share, unless it has a home of its own. */
  static async create(home?: FleetHome): Promise<TestFleet> {
    await cryptoReady();
    return new TestFleet(home ?? (await sharedHome()), {
      roles: {
        gs_gateway: rolePassword,
        gs_ingest: rolePassword,
        gs_topology: rolePassword,
        gs_notify: rolePassword,
        gs_mail: rolePassword,
        gs_stats: rolePassword,
        gs_mtt: rolePassword,
        gs_forwarder: rolePassword,
      },
      broker: {
        gateway: newPassword(),
        ingest: newPassword(),
        notify: newPassword(),
        mail: newPassword(),
        stats: newPassword(),
        mtt: newPassword(),
        forwarder: newPassword(),
      },
      envelopeKey: randomBytes(32).toString('base64url'),
    });
  }

  get sql(): Pool {
    return this.home.sql;
  }

  /** Starts all services and waits until each can do its work. */
  async start(changes: Partial<Record<ServiceName, Record<string, string>>> = {}): Promise<void> {
    for (const name of ['topology-service', 'action-ingest', 'api-gateway'] as const) {
      await this.startOne(name, changes[name]);
    }
    await Promise.all(this.services.map((service) => service.ready({ deadlineMs: 60_000 })));
  }

  async startOne(name: ServiceName, changes: Record<string, string> = {}, as: string = name): Promise<Service> {
    const env = {
      ...this.envOf(name),
      LOG_LEVEL: 'info',
      // A broker user may not exist yet when a service first knocks; tests do not wait 5 s for the next try.
      RECONNECT_FIRST_MS: '200',
      RECONNECT_LONGEST_MS: '2000',
      YOUNG_QUEUE_MS: '500',
      ...changes,
    };
    const service = await startService(name, { env, as, logDir: this.home.logDir });
    this.services.push(service);
    return service;
  }

  /** An S3 in this process; services started from now on that keep objects use it. */
  async startObjectStore(): Promise<S3Server> {
    this.objectStore ??= await startS3Server({ dir: await mkdtemp(join(tmpdir(), 'groundswell-objects-')) });
    return this.objectStore;
  }

  /** What a service gets unless a test says otherwise. */
  envOf(name: ServiceName): Record<string, string> {
    const infra = this.objectStore ? { ...this.home.infra, objectStore: this.objectStore.env } : this.home.infra;
    const env: Record<string, string> = {
      ...serviceEnv(name, infra, this.secrets),
      NODE_COMPILE_CACHE: compileCache,
    };
    if (name === 'topology-service') return { ...env, BROKER_USER_PREFIX: this.userPrefix };
    // A busy machine is no service that is away.
    if (name === 'api-gateway') env['ANSWER_WAIT_MS'] = '30000';
    const url = new URL(env['AMQP_URL'] ?? '');
    url.username = this.userPrefix + url.username;
    return { ...env, AMQP_URL: url.href };
  }

  service(name: string): Service {
    const service = this.services.find(({ as }) => as === name);
    if (!service) throw new Error(`no service ${name} in this fleet`);
    return service;
  }

  get gatewayUrl(): string {
    return this.frontUrl ?? this.service('api-gateway').url;
  }

  get anonymous(): ApiClient {
    return new ApiClient(this.gatewayUrl);
  }

  async stop(): Promise<void> {
    for (const service of this.services.reverse()) await service.stop();
    await this.objectStore?.stop({ discard: true });
    await this.home.leave();
  }

  /** A user with a password, who may do nothing yet; the client signs in by Basic. */
  async newUser(perms = 0): Promise<ApiClient> {
    const email = `user-${randomBytes(6).toString('hex')}@example.org`;
    const password = randomBytes(6).toString('hex');
    await this.sql.query('insert into catalog.users (email, hashed_password, perms) values ($1, $2, $3)', [
      email,
      await hashPassword(password, 4),
      perms,
    ]);
    const basic = ApiClient.basic(this.gatewayUrl, email, password);
    const { resetApiToken } = await basic.data<{ resetApiToken: string }>('mutation { resetApiToken }');
    return ApiClient.token(this.gatewayUrl, resetApiToken);
  }

  /** Waits until topology-service has confirmed the org's queues, and returns how its own software logs in. */
  async crmLogin(orgId: number): Promise<string> {
    const envelope = SecretEnvelope.fromText(this.secrets.envelopeKey);
    const user = await waitFor(async () => {
      const { rows } = await this.sql.query<{ username: string; password: string }>(
        `select u.username, u.password from topology.broker_users u
           join topology.queue_sets q on q.scope = 'org:' || u.org_id and q.state = 'confirmed' where u.org_id = $1`,
        [orgId],
      );
      return rows[0];
    });
    const url = new URL(this.home.infra.amqpUrl);
    url.username = user.username;
    url.password = envelope.open(user.password).toString('utf8');
    // The row comes before the broker's user.
    await waitFor(async () => (await connect(url.href)).close().then(() => true));
    return url.href;
  }

  /** Gives a staffer role in an org without the invitation flow. */
  async makeOwner(orgId: number, email: string): Promise<void> {
    await this.sql.query(
      `insert into catalog.staffers (user_id, org_id, perms) select id, $1, $2 from catalog.users where email = $3`,
      [orgId, roleMask.owner, email],
    );
  }
}
