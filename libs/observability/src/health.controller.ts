import { Controller, Get, Header, HttpStatus, Inject, Res } from '@nestjs/common';
import { HealthRegistry } from './health-registry';
import { Metrics } from './metrics';

/** The part of a Fastify reply (and of an Express response) used here. */
interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

interface HealthBody {
  status: 'ok' | 'degraded' | 'error';
  degraded?: string[];
  message?: string;
}

/** Probes and metrics. Bodies name the checks, never their details: a gateway serves them to anyone. */
@Controller()
export class HealthController {
  constructor(
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  /** The process alone: a broken database is no reason to restart us. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(): HealthBody {
    return { status: 'ok' };
  }

  /** 200 while it can do its work, with what is degraded; else 503. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<HealthBody> {
    const body = await this.currentHealth(reply);
    return { ...body, degraded: body.degraded ?? [] };
  }

  @Get('health')
  @Header('cache-control', 'no-store')
  async overall(@Res({ passthrough: true }) reply: Reply): Promise<HealthBody> {
    const { status, degraded, message } = await this.currentHealth(reply);
    if (status === 'error') return { status, message };
    return status === 'degraded' ? { status, degraded } : { status };
  }

  @Get('metrics')
  @Header('cache-control', 'no-store')
  async text(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    reply.header('content-type', this.metrics.contentType);
    return this.metrics.text();
  }

  private async currentHealth(reply: Reply): Promise<HealthBody> {
    const { ok, degraded, failed } = await this.health.ready();
    if (!ok) {
      reply.status(HttpStatus.SERVICE_UNAVAILABLE);
      return { status: 'error', degraded, message: `cannot work without: ${failed.join(', ')}` };
    }
    return degraded.length > 0 ? { status: 'degraded', degraded } : { status: 'ok' };
  }
}
