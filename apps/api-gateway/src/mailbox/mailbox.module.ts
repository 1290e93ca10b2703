import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Database } from '@groundswell/persistence';
import { isMailboxOn, type GatewayConfig } from '../config';
import { GATEWAY_CONFIG, GATEWAY_LOGGER, type GatewayLogger } from '../http/runtime.module';
import { MailboxRoutes } from './mailbox.routes';
import { PreviewMailReadModel } from './preview-mail.read-model';

/** Pages that show the mails of the `preview` backend; without MAILBOX_ENABLE there are none. */
@Module({})
export class MailboxModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    @Inject(GATEWAY_LOGGER) private readonly logger: GatewayLogger,
    private readonly database: Database,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!isMailboxOn(this.config)) return;
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    await new MailboxRoutes(new PreviewMailReadModel(this.database), this.logger).register(fastify);
  }
}
