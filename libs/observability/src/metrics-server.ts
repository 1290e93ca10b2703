import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics';

export interface MetricsServerOptions {
  host: string;
  /** METRICS_PORT; 0 for any free one. */
  port: number;
  logger: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

/** A scrape that takes longer is given up. */
const requestTimeoutMs = 10_000;
/** Scrapers keep their connection; more than that is nobody we expect. */
const mostConnections = 32;

/**
 * `GET /metrics` on a port of its own (email-and-mtt.md §8.2), so that the one people reach need not show it. A port that is
 * taken is a warning: nothing else of the service depends on it.
 */
export class MetricsServer {
  private server: Server | null = null;

  constructor(
    private readonly metrics: Pick<Metrics, 'text' | 'contentType'>,
    private readonly options: MetricsServerOptions,
  ) {}

  /** Where it listens; null while it does not. */
  get port(): number | null {
    return (this.server?.address() as AddressInfo | null)?.port ?? null;
  }

  /** Resolves once it listens, or is known not to. */
  start(): Promise<void> {
    const { host, port, logger } = this.options;
    const server = createServer((request, response) => void this.answer(request, response));
    server.requestTimeout = requestTimeoutMs;
    server.headersTimeout = requestTimeoutMs;
    server.maxConnections = mostConnections;
    return new Promise((resolve) => {
      server.on('error', (error) => {
        logger.warn({ host, port, reason: error.message }, 'metrics have no port of their own');
        resolve();
      });
      server.listen(port, host, () => {
        this.server = server;
        logger.info({ host, port: this.port }, 'metrics');
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = null;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private async answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url.split('?')[0] !== '/metrics') return end(response, 404, 'only /metrics is here\n');
    if (method !== 'GET' && method !== 'HEAD') return end(response, 405, 'only GET\n');
    try {
      end(response, 200, await this.metrics.text(), this.metrics.contentType);
    } catch (error) {
      this.options.logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'metrics not shown');
      end(response, 500, 'metrics cannot be read\n');
    }
  }
}

function end(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
