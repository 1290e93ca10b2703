import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { GatewayConfig } from '../config';

type Log = (fields: object, text: string) => void;

/** The part of a pino logger that is used here. */
export interface GatewayLogger {
  error: Log;
  warn: Log;
  info: Log;
  debug: Log;
}

export const GATEWAY_CONFIG = Symbol('gateway config');
export const GATEWAY_LOGGER = Symbol('gateway logger');

/** What the process was started with, for every module. */
@Module({})
export class RuntimeModule {
  static forRoot(config: GatewayConfig, logger: GatewayLogger): DynamicModule {
    return {
      module: RuntimeModule,
      global: true,
      providers: [
        { provide: GATEWAY_CONFIG, useValue: config },
        { provide: GATEWAY_LOGGER, useValue: logger },
      ],
      exports: [GATEWAY_CONFIG, GATEWAY_LOGGER],
    };
  }
}
