import { exchanges, mailRequestKey, mailRequestV1, type MailRequestV1 } from '@groundswell/contracts';
import { mailLane, type OutboxMessage } from '@groundswell/persistence';

export type AccountMailKind = 'user_confirm' | 'user_reset' | 'user_change_email';

export interface AccountMail {
  kind: AccountMailKind;
  tokenId: number;
  to: string;
  /** Preferred language. */
  locale: string;
  /** The link, which is a secret: it goes into the message's body and nowhere else. */
  url: string;
  /** When the link ends: a mail after that would only annoy. */
  notAfter: Date;
}

/** The request to send one mail about an account, for the gateway's outbox. A token is mailed once. */
export const accountMail = ({ kind, tokenId, to, locale, url, notAfter }: AccountMail): OutboxMessage => {
  const purpose = `user:${kind}:${tokenId}`;
  const body: MailRequestV1 = {
    schema: 'groundswell:mail:1',
    purpose,
    kind,
    to: { email: to },
    locale,
    data: { url },
    notAfter: notAfter.toISOString(),
  };
  return {
    messageId: purpose,
    lane: mailLane,
    exchange: exchanges.deliver,
    routingKey: mailRequestKey(kind),
    type: body.schema,
    headers: {},
    body: JSON.stringify(mailRequestV1.parse(body)),
  };
};
