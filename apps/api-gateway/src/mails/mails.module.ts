import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { RequestAuthenticator } from '../auth/request-authenticator';
import { GATEWAY_LOGGER, type GatewayLogger } from '../http/runtime.module';
import { EmailDeliveryClient } from './email-delivery.client';
import { MailAudit } from './mail-audit';
import { MailLoopsRoutes } from './mail-loops.routes';
import { MailLoopsService } from './mail-loops.service';
import { MailOperationsResolver } from './mail-operations.resolver';
import { MailFieldsResolver, MailResolver, WaitingMailsResolver } from './mail.resolver';
import { MailService } from './mail.service';
import { MailingFieldsResolver, MailingResolver } from './mailing.resolver';
import { MailingService } from './mailing.service';
import { SuppressionService } from './suppression.service';

/** What became of mails, and what operators do about it. Needs the global MessagingModule, which must send requests. */
@Module({
  providers: [
    EmailDeliveryClient,
    MailAudit,
    MailService,
    MailResolver,
    WaitingMailsResolver,
    MailFieldsResolver,
    MailingService,
    MailingResolver,
    MailingFieldsResolver,
    MailLoopsService,
    SuppressionService,
    MailOperationsResolver,
  ],
})
export class MailsModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    private readonly loops: MailLoopsService,
    private readonly authenticator: RequestAuthenticator,
    @Inject(GATEWAY_LOGGER) private readonly logger: GatewayLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    await new MailLoopsRoutes(this.loops, this.authenticator, this.logger).register(fastify);
  }
}
