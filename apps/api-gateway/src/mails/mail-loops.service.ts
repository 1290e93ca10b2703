import { changeAnswerV1, mailLoopsAnswerV1, type MailLoopsAnswerV1 } from '@groundswell/contracts';
import { Injectable } from '@nestjs/common';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { requireAnyOf } from '../users/permission-guard';
import { EmailDeliveryClient } from './email-delivery.client';
import { MailAudit } from './mail-audit';
import { refusalError } from './mail-errors';
import { statusOf } from './mail.service';

/** The loops that read providers' events, for instance admins (email-events.md §4; graphql-api.md §11). */
@Injectable()
export class MailLoopsService {
  constructor(
    private readonly delivery: EmailDeliveryClient,
    private readonly audit: MailAudit,
  ) {}

  status(caller: Viewer | null): Promise<MailLoopsAnswerV1> {
    requireAdmin(caller);
    return this.delivery.ask({ kind: 'mail_loops' }, mailLoopsAnswerV1);
  }

  async schedule(caller: Viewer | null, begin: Date, end: Date): Promise<MailLoopsAnswerV1> {
    const viewer = requireAdmin(caller);
    if (begin >= end) throw InputError.at(['begin'], 'must be before end');
    const window = { begin: begin.toISOString(), end: end.toISOString() };
    await this.audit.note(viewer, 'mail_loops', 'scheduled', { operation: 'scheduleMailEvents', ...window });
    try {
      return await this.delivery.ask({ kind: 'schedule_mail_events', ...window }, mailLoopsAnswerV1);
    } catch (error) {
      throw refusalError(error);
    }
  }

  async cancel(caller: Viewer | null): Promise<'SUCCESS' | 'NOOP'> {
    const viewer = requireAdmin(caller);
    await this.audit.note(viewer, 'mail_loops', 'scheduled', { operation: 'cancelScheduledMailEvents' });
    return statusOf(await this.delivery.ask({ kind: 'cancel_scheduled_mail_events' }, changeAnswerV1));
  }
}

const requireAdmin = (viewer: Viewer | null): Viewer => requireAnyOf({ viewer, membership: null }, 'instance_owner');
