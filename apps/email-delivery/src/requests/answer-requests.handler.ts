import { Inject, Injectable } from '@nestjs/common';
import { emailDeliveryRefusals, type EmailDeliveryRequestV1 } from '@groundswell/contracts';
import { Consumes, Publisher, type BatchHandler, type BatchItem, type Outcome } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { appLogger, RequestServer } from '@groundswell/service';
import { LoopRequests } from './loop-requests';
import { MailRequests } from './mail-requests';
import { SuppressionRequests } from './suppression-requests';
import { TemplateRequests } from './template-requests';

/**
 * Answers what the gateway asks for people (design.md §3). Twice is safe: each request leads to a state, and says so when it
 * is there already. Order does not matter. Those that come together are answered side by side, so that none waits long for
 * another's provider. None is parked: whoever asked is told, and what was asked may hold an address.
 */
@Consumes('operator-requests')
@Injectable()
export class AnswerRequestsHandler implements BatchHandler<EmailDeliveryRequestV1> {
  private readonly server: RequestServer<EmailDeliveryRequestV1>;

  constructor(
    @Inject(LoopRequests) private readonly loops: LoopRequests,
    @Inject(MailRequests) private readonly mails: MailRequests,
    @Inject(SuppressionRequests) private readonly suppressions: SuppressionRequests,
    @Inject(TemplateRequests) private readonly templates: TemplateRequests,
    @Inject(appLogger) logger: Logger,
    @Inject(Publisher) publisher: Publisher,
  ) {
    const failed = { code: emailDeliveryRefusals.failed, text: 'email-delivery could not do it' };
    this.server = new RequestServer({ publisher, answer: (request) => this.answer(request), failed, logger });
  }

  handleBatch(items: BatchItem<EmailDeliveryRequestV1>[]): Promise<Outcome[]> {
    return this.server.handleBatch(items);
  }

  private answer(request: EmailDeliveryRequestV1): Promise<unknown> {
    switch (request.kind) {
      case 'mail_loops':
        return this.loops.status();
      case 'schedule_mail_events':
        return this.loops.schedule(new Date(request.begin), new Date(request.end));
      case 'cancel_scheduled_mail_events':
        return this.loops.cancel();
      case 'resend_mail':
        return this.mails.resend(request.deliveryId, request.orgId);
      case 'drop_mail':
        return this.mails.drop(request.deliveryId, request.orgId);
      case 'retry_mailing':
        return this.mails.retryMailing(request.mailingId, request.orgId);
      case 'stop_mailing':
        return this.mails.stopMailing(request.mailingId, request.orgId);
      case 'find_suppression':
        return this.suppressions.find(request.serviceId, request.address);
      case 'remove_suppression':
        return this.suppressions.remove(request.serviceId, request.address);
      case 'list_templates':
        return this.templates.list(request.serviceIds);
    }
  }
}
