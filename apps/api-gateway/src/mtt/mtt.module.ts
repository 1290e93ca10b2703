import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { RequestAuthenticator } from '../auth/request-authenticator';
import { GATEWAY_LOGGER, type GatewayLogger } from '../http/runtime.module';
import { MessageExportRoutes } from './message-export.routes';
import { MessageExportService } from './message-export.service';
import { MttForecastService } from './mtt-forecast.service';
import { MttPauseService } from './mtt-pause.service';
import { CampaignMttResolver, MttResolver } from './mtt.resolver';

/** Mail to targets as its campaigners see it: pausing, progress, forecast and the export of messages. */
@Module({
  providers: [MttPauseService, MttForecastService, MttResolver, CampaignMttResolver, MessageExportService],
})
export class MttModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    private readonly messages: MessageExportService,
    private readonly authenticator: RequestAuthenticator,
    @Inject(GATEWAY_LOGGER) private readonly logger: GatewayLogger,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    new MessageExportRoutes(this.messages, this.authenticator, this.logger).register(fastify);
  }
}
