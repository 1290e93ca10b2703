import {
  exchanges,
  mailingKey,
  type MailingContentV1,
  type MailingMessageV1,
  type MailingPreparedV1,
  type MailingRecipientsV1,
} from '@groundswell/contracts';
import { encodeRef } from '@groundswell/crypto';
import { supporterMailLinks } from '@groundswell/domain';
import type { Catalogue, OutboxMessage } from '@groundswell/persistence';
import type { Candidate } from './mailout';

/** Lane of our own services' messages. */
const systemLane = 0;

export interface MailingHead {
  purpose: string;
  orgId: number;
  campaignId: number | null;
}

type Recipient = MailingRecipientsV1['recipients'][number];

/** A person by whose action the org came to know them: `actionId` is the one the mail is about. */
export type MailedPerson = Candidate & { mailedActionId: number };

/** Messages that tell email-delivery a mailing (docs/mailouts.md). */
export class MailingMessages {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'orgs' | 'campaigns' | 'pages'>,
    private readonly publicUrl: string,
  ) {}

  /** Sent within `withinMs`, or not at all; by default within what email-delivery allows. */
  content(head: MailingHead, template: string, withinMs?: number): OutboxMessage {
    const message: MailingContentV1 = {
      schema: 'groundswell:mailing-content:1',
      ...head,
      content: { template },
      trackOpens: true,
      trackClicks: false,
      ...(withinMs === undefined ? {} : { notAfter: new Date(Date.now() + withinMs).toISOString() }),
    };
    return outboxMessage('content', 'content', message);
  }

  part(head: MailingHead, part: number, people: readonly MailedPerson[]): OutboxMessage {
    const message: MailingRecipientsV1 = {
      schema: 'groundswell:mailing-recipients:1',
      ...head,
      part,
      recipients: people.map((person) => this.recipient(head.orgId, person)),
    };
    return outboxMessage('recipients', `part:${part}`, message);
  }

  prepared(head: MailingHead, parts: number, recipients: number): OutboxMessage {
    const message: MailingPreparedV1 = { schema: 'groundswell:mailing-prepared:1', ...head, parts, recipients };
    return outboxMessage('prepared', 'prepared', message);
  }

  /** A mailing of one part, whole. */
  whole(head: MailingHead, template: string, people: readonly MailedPerson[], withinMs?: number): OutboxMessage[] {
    return [this.content(head, template, withinMs), this.part(head, 1, people), this.prepared(head, 1, people.length)];
  }

  private recipient(orgId: number, person: MailedPerson): Recipient {
    const { ref, mailedActionId, acceptedAt, email, firstName, pageId } = person;
    const org = this.catalogue.orgs.get(orgId);
    const page = this.catalogue.pages.get(pageId);
    const campaign = page && this.catalogue.campaigns.get(page.campaignId);
    const contactRef = encodeRef(ref);
    const { doiLink } = supporterMailLinks(this.publicUrl, { mail: 'thank_you', actionId: mailedActionId, contactRef });
    const variables = {
      firstName: firstName ?? '',
      org: { name: org?.name ?? '', title: org?.title ?? '' },
      campaign: { name: campaign?.name ?? '', title: campaign?.title ?? '' },
      actionPage: { name: page?.name ?? '', locale: page?.locale ?? '' },
      doiLink,
      test: mailedActionId === person.testActionId,
    };
    return {
      contactRef,
      actionId: mailedActionId,
      acceptedAt: acceptedAt.toISOString(),
      email: email ?? '',
      name: firstName,
      locale: page?.locale ?? null,
      variables,
    };
  }
}

function outboxMessage(step: Parameters<typeof mailingKey>[0], id: string, message: MailingMessageV1): OutboxMessage {
  const routingKey = mailingKey(step);
  return {
    messageId: `${message.purpose}:${id}`,
    lane: systemLane,
    exchange: exchanges.deliver,
    routingKey,
    type: message.schema,
    headers: { org_id: message.orgId, routing_key: routingKey },
    body: JSON.stringify(message),
  };
}
