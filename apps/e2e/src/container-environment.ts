import { randomBytes } from 'node:crypto';
import type { FleetHome } from './fleet-home';
import { rolePassword } from './fleet-home';
// eslint-disable-next-line @nx/enforce-module-boundaries -- the chart's tools have no alias: nobody but this and their own tests has a use for them
import type { EnvVariable } from '../../../tools/chart/chart-tool.mjs';

/** Variables of a container as the chart renders them, with secrets and addresses of the tests' own servers. */
export class ContainerEnvironment {
  private readonly made = new Map<string, string>();
  /** Several fleets share a broker, and its users are the broker's. */
  readonly userPrefix = `t${randomBytes(4).toString('hex')}-`;

  constructor(private readonly home: FleetHome) {}

  /** `ports` replaces PORT and METRICS_PORT, which all pods have the same. */
  of(variables: readonly EnvVariable[], ports: { PORT?: number; METRICS_PORT?: number } = {}): Record<string, string> {
    const env: Record<string, string> = {};
    for (const { name, value, valueFrom } of variables) {
      env[name] = valueFrom ? this.secret(name, valueFrom.secretKeyRef.key) : this.address(name, value ?? '');
    }
    for (const [name, port] of Object.entries(ports)) if (name in env) env[name] = String(port);
    return env;
  }

  private secret(variable: string, key: string): string {
    const server = this.serverOf(variable);
    if (key === 'username' && server) return decodeURIComponent(server.username);
    if (key === 'password' && server) return decodeURIComponent(server.password);
    if (key === 'REDIS_PASSWORD') return decodeURIComponent(new URL(this.home.infra.redisUrl).password);
    if (/^GS_[A-Z]+_PASSWORD$/.test(key)) return rolePassword;
    const known = this.made.get(key) ?? randomBytes(32).toString('base64url');
    this.made.set(key, known);
    return known;
  }

  /** Of `X_USERNAME`, `X_PASSWORD` and `X_URL`. */
  private serverOf(variable: string): URL | null {
    const { databaseUrl, amqpUrl, amqpManagementUrl, redisUrl } = this.home.infra;
    if (/^(MIGRATION_)?DATABASE_/.test(variable)) return new URL(databaseUrl);
    if (/^AMQP_MANAGEMENT_/.test(variable)) return new URL(amqpManagementUrl);
    if (/^AMQP_/.test(variable)) return new URL(amqpUrl);
    return /^REDIS_/.test(variable) ? new URL(redisUrl) : null;
  }

  /** The user of the rendered address stays, and nothing else of it: neither host nor path nor TLS. */
  private address(name: string, value: string): string {
    const server = name.endsWith('_URL') ? this.serverOf(name) : null;
    if (!server) return value;
    const rendered = new URL(value);
    server.username =
      rendered.username && name === 'AMQP_URL' ? this.userPrefix + rendered.username : rendered.username;
    server.password = '';
    return server.href;
  }
}
