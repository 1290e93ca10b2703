import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { Metrics } from '@groundswell/observability';
import type { WebSocket } from 'ws';
import { ApiError } from '../api/api-error';
import { RequestAuthenticator } from '../auth/request-authenticator';
import { GATEWAY_CONFIG, GATEWAY_LOGGER } from '../http/runtime.module';
import type { GatewayLogger } from '../http/runtime.module';
import type { GatewayConfig } from '../config';
import { RefusedRequest } from '../graphql/requests/refused-request';
import { GraphqlWsProtocol } from './graphql-ws-protocol';
import { PhoenixChannel } from './phoenix-channel';
import { phoenixVersionOf } from './phoenix-frames';
import type { PhoenixVersion } from './phoenix-frames';
import { authorizationIn, SocketClient } from './socket-client';
import { closeCodes, SocketConnection } from './socket-connection';
import { SOCKET_LIMITS } from './socket-limits';
import type { SocketLimits } from './socket-limits';
import { watchSockets } from './socket-metrics';
import { SocketOperations } from './socket-operations';
import { isOriginAllowed, isWebSocketUpgrade, loginOf, readUpgradeRequest } from './upgrade-request';
import type { UpgradeRequest } from './upgrade-request';
import { addressKey } from '../rate-limits/address-key';
import { refuseUpgrade, UpgradeRefusal } from './upgrade-refusal';

type ServerSettings = Pick<GatewayConfig, 'CORS_ALLOW_ORIGIN' | 'TRUSTED_PROXIES'>;

/** Node 24 asks it which requests leave HTTP; without it `Upgrade: h2c`, which some clients send with every request,
 *  would no longer be served as the plain request it is. */
type UpgradingServer = FastifyInstance['server'] & { shouldUpgradeCallback?: (request: IncomingMessage) => boolean };

/** The WebSockets of this process: who may open one, how many there are, how they end. */
@Injectable()
export class SocketServer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly connections = new Map<SocketConnection, SocketClient>();
  private readonly addresses = new Map<string, number>();
  private readonly webSockets: WebSocketServer;
  private accepted = 0;
  private isStopping = false;

  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(RequestAuthenticator) private readonly authenticator: RequestAuthenticator,
    @Inject(GATEWAY_CONFIG) private readonly settings: Partial<ServerSettings>,
    @Inject(GATEWAY_LOGGER) private readonly logger: GatewayLogger,
    @Inject(SOCKET_LIMITS) private readonly limits: SocketLimits,
    private readonly operations: SocketOperations,
    private readonly graphqlWs: GraphqlWsProtocol,
    @Optional() @Inject(Metrics) metrics?: Metrics,
  ) {
    const read = () => ({ sockets: this.openConnections, subscriptions: operations.openSubscriptions });
    if (metrics) watchSockets(metrics, read);
    this.webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.largestMessage,
      handleProtocols: (offered) => offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL,
    });
  }

  get openConnections(): number {
    return this.connections.size;
  }

  onApplicationBootstrap(): void {
    const server: UpgradingServer = this.adapterHost.httpAdapter.getInstance<FastifyInstance>().server;
    server.shouldUpgradeCallback = isWebSocketUpgrade;
    server.on('upgrade', (request, socket, head) => void this.receive(request, socket, head));
  }

  /** First of all, while database and broker still serve the documents in hand. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    for (const connection of this.connections.keys()) connection.stopReading();
    const inHand = [...this.connections.values()].flatMap((client) => [...client.inHand]);
    await Promise.race([Promise.allSettled(inHand), wait(this.limits.lastAnswersMs, null, { ref: false })]);
    for (const connection of this.connections.keys()) connection.close(closeCodes.goingAway, 'Going away');
    const deadline = Date.now() + this.limits.goodbyeMs;
    while (this.connections.size > 0 && Date.now() < deadline) await wait(10);
    for (const connection of this.connections.keys()) connection.terminate();
  }

  private async receive(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => undefined);
    const upgrade = readUpgradeRequest(request, this.settings.TRUSTED_PROXIES ?? 0);
    let release = (): void => undefined;
    try {
      const version = this.admit(request, upgrade);
      release = this.countIn(addressKey(upgrade.ip));
      socket.once('close', release);
      const client = new SocketClient(upgrade.ip, upgrade.referer, this.authenticator, this.limits.identityKeptMs);
      const parameters = Object.fromEntries(upgrade.parameters);
      await client.identify(authorizationIn(parameters) ?? loginOf(request));
      if (this.isStopping) throw new UpgradeRefusal(503, 'Going away');
      this.webSockets.handleUpgrade(request, socket, head, (webSocket) => this.open(webSocket, client, version));
    } catch (error) {
      refuseUpgrade(socket, this.refusalOf(error));
      release();
    }
  }

  /** The version for Phoenix, null for the other protocol. */
  private admit(request: IncomingMessage, { protocol, parameters, ip }: UpgradeRequest): PhoenixVersion | null {
    if (protocol === null) throw new UpgradeRefusal(404, 'Not found');
    if (!isOriginAllowed(request, this.settings.CORS_ALLOW_ORIGIN ?? ['*'])) {
      throw new UpgradeRefusal(403, 'Origin not allowed');
    }
    const { mostConnections, mostConnectionsPerAddress } = this.limits;
    if (this.isStopping || this.accepted >= mostConnections) throw new UpgradeRefusal(503, 'Too many connections');
    if ((this.addresses.get(addressKey(ip)) ?? 0) >= mostConnectionsPerAddress) {
      throw new UpgradeRefusal(429, 'Too many connections');
    }
    if (protocol === 'graphql-ws') return null;
    const version = phoenixVersionOf(parameters.get('vsn'));
    if (!version) throw new UpgradeRefusal(403, 'Unknown vsn');
    return version;
  }

  /** Returns how to count out again; harmless when called twice. */
  private countIn(address: string): () => void {
    this.accepted += 1;
    this.addresses.set(address, (this.addresses.get(address) ?? 0) + 1);
    let isOut = false;
    return () => {
      if (isOut) return;
      isOut = true;
      this.accepted -= 1;
      const left = (this.addresses.get(address) ?? 0) - 1;
      if (left > 0) this.addresses.set(address, left);
      else this.addresses.delete(address);
    };
  }

  private open(webSocket: WebSocket, client: SocketClient, version: PhoenixVersion | null): void {
    const connection = new SocketConnection(webSocket, this.limits, () => this.unsentBytes());
    this.connections.set(connection, client);
    connection.onClose(() => this.connections.delete(connection));
    const fail = (error: unknown): void => this.closeFor(error, connection);
    if (version === null) return this.graphqlWs.open(connection, client, fail);
    const channel = new PhoenixChannel(version, connection, client, this.operations, fail);
    connection.onText((text) => channel.receive(text));
    connection.onClose(() => channel.leave());
  }

  private unsentBytes(): number {
    let bytes = 0;
    for (const connection of this.connections.keys()) bytes += connection.unsentBytes;
    return bytes;
  }

  /** Credentials that hold no longer, a database that is away: the client may come again. Anything else is our fault. */
  private closeFor(error: unknown, connection: SocketConnection): void {
    if (error instanceof RefusedRequest) return connection.close(closeCodes.policy, error.message);
    if (!(error instanceof ApiError)) this.logger.error({ err: error }, 'socket failed');
    connection.close(closeCodes.fault, error instanceof ApiError ? error.message : 'Internal server error');
  }

  private refusalOf(error: unknown): UpgradeRefusal {
    if (error instanceof UpgradeRefusal) return error;
    if (error instanceof RefusedRequest) return new UpgradeRefusal(error.status, error.message);
    if (error instanceof ApiError) return new UpgradeRefusal(503, error.message);
    this.logger.error({ err: error }, 'upgrade failed');
    return new UpgradeRefusal(500, 'Internal server error');
  }
}
