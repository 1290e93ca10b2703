import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HealthRegistry } from './health-registry';
import { HealthController } from './health.controller';
import { Metrics } from './metrics';

export interface HealthModuleOptions {
  health: HealthRegistry;
  metrics: Metrics;
}

/** GET /live, /ready, /health, /metrics. Global: any module may inject HealthRegistry, to register its checks,
 *  and Metrics. */
@Module({})
export class HealthModule {
  static forRoot({ health, metrics }: HealthModuleOptions): DynamicModule {
    return {
      module: HealthModule,
      global: true,
      controllers: [HealthController],
      providers: [
        { provide: HealthRegistry, useValue: health },
        { provide: Metrics, useValue: metrics },
      ],
      exports: [HealthRegistry, Metrics],
    };
  }
}
