import { emailDeliveryRefusals, type ChangeAnswerV1 } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { UnknownMails, type Database, type MailDecision } from '@groundswell/persistence';
import type { ControlResult, MailingControl } from '../mailings/mailing-control';

/** What a person decides about mails whose end is not known, and about mailings that failed. */
export class MailRequests {
  constructor(
    private readonly database: Database,
    private readonly mailings: Pick<MailingControl, 'retry' | 'stop'>,
    /** A mail is due. */
    private readonly wakeSender: () => void,
  ) {}

  async resend(deliveryId: string, orgId: number | null): Promise<ChangeAnswerV1> {
    const answer = answerOf(await this.unknown.resend(deliveryId, orgId));
    if (answer.outcome === 'changed') this.wakeSender();
    return answer;
  }

  async drop(deliveryId: string, orgId: number | null): Promise<ChangeAnswerV1> {
    return answerOf(await this.unknown.drop(deliveryId, orgId));
  }

  retryMailing(mailingId: string, orgId: number | null): Promise<ChangeAnswerV1> {
    return this.control(mailingId, orgId, (id) => this.mailings.retry(id));
  }

  stopMailing(mailingId: string, orgId: number | null): Promise<ChangeAnswerV1> {
    return this.control(mailingId, orgId, (id) => this.mailings.stop(id));
  }

  /** The org of a mailing never changes. */
  private async control(
    mailingId: string,
    orgId: number | null,
    change: (id: number) => Promise<ControlResult>,
  ): Promise<ChangeAnswerV1> {
    const rows = await this.database.query(
      'select 1 from mail.mailings where id = $1 and ($2::bigint is null or org_id = $2)',
      [mailingId, orgId],
    );
    const result = rows.length === 0 ? 'unknown mailing' : await change(Number(mailingId));
    if (result === 'unknown mailing') {
      throw new RpcRefusedError(emailDeliveryRefusals.notFound, 'there is no such mailing');
    }
    if (result === 'refused') throw new RpcRefusedError(emailDeliveryRefusals.mailingRefused, 'not in that state');
    return { outcome: 'changed' };
  }

  private get unknown(): UnknownMails {
    return new UnknownMails((sql, parameters) => this.database.query(sql, parameters));
  }
}

function answerOf(decision: MailDecision): ChangeAnswerV1 {
  switch (decision.outcome) {
    case 'changed':
    case 'unchanged':
      return { outcome: decision.outcome };
    case 'not_found':
      throw new RpcRefusedError(emailDeliveryRefusals.notFound, 'there is no such mail');
    case 'not_unknown':
      throw new RpcRefusedError(emailDeliveryRefusals.notUnknown, 'the mail is not unknown');
    case 'nothing_to_send':
      throw new RpcRefusedError(emailDeliveryRefusals.nothingToSend, 'nothing to send: the person was erased');
    case 'of_mailing':
      throw new RpcRefusedError(emailDeliveryRefusals.ofMailing, 'the mail is of a mailing that was stopped');
  }
}
