import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { HealthRegistry } from './health-registry';
import { HealthController } from './health.controller';
import { Metrics } from './metrics';
import { MetricsServer, type MetricsServerOptions } from './metrics-server';

export interface HealthModuleOptions {
  health: HealthRegistry;
  metrics: Metrics;
  /** Where metrics are served apart from all else (ENABLE_TELEMETRY); left out: at the service's own port alone. */
  telemetry?: MetricsServerOptions | null;
}

const metricsServer = Symbol('metrics server');

/** GET /live, /ready, /health, /metrics. Global: any module may inject HealthRegistry, to register its checks,
 *  and Metrics. The port for metrics closes last, so that the end of a process can be read too. */
@Module({})
export class HealthModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(metricsServer) private readonly server: MetricsServer | null) {}

  static forRoot({ health, metrics, telemetry }: HealthModuleOptions): DynamicModule {
    return {
      module: HealthModule,
      global: true,
      controllers: [HealthController],
      providers: [
        { provide: HealthRegistry, useValue: health },
        { provide: Metrics, useValue: metrics },
        { provide: metricsServer, useValue: telemetry ? new MetricsServer(metrics, telemetry) : null },
      ],
      exports: [HealthRegistry, Metrics],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.server?.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.server?.stop();
  }
}
