import { cleanHeaders, nameOf, oneLine } from '../http/mail-text';
import { templateNumber, type JsonObject } from '../http/json-body';
import type { Address, Attachment, OutgoingMail } from '../mail-provider';

const mailjetAddress = (address: Address): JsonObject => {
  const name = nameOf(address);
  return name === '' ? { Email: address.email } : { Email: address.email, Name: name };
};

const mailjetFile = (file: Attachment): JsonObject => ({
  ContentType: file.type,
  Filename: oneLine(file.name),
  Base64Content: file.content.toString('base64'),
  ...(file.contentId === undefined ? {} : { ContentID: file.contentId }),
});

/** Parts only where there is something: Mailjet refuses empty lists and null. Variables only with a template, since
 *  they are personal data that a mail rendered here has no use for. */
export function mailjetMessage(mail: OutgoingMail): JsonObject {
  const files = mail.attachments ?? [];
  const inlined = files.filter((file) => file.contentId !== undefined);
  const attached = files.filter((file) => file.contentId === undefined);
  const headers = cleanHeaders(mail.headers);
  const subject = oneLine(mail.subject);
  return {
    From: mailjetAddress(mail.from),
    To: [mailjetAddress(mail.to)],
    ...(mail.cc?.length ? { Cc: mail.cc.map((email) => ({ Email: email })) } : {}),
    ...(mail.replyTo ? { ReplyTo: { Email: mail.replyTo } } : {}),
    ...(subject === '' ? {} : { Subject: subject }),
    ...contentOf(mail),
    ...(attached.length ? { Attachments: attached.map(mailjetFile) } : {}),
    ...(inlined.length ? { InlinedAttachments: inlined.map(mailjetFile) } : {}),
    ...(headers.length ? { Headers: Object.fromEntries(headers) } : {}),
    CustomID: mail.customId,
    EventPayload: JSON.stringify({ d: mail.deliveryId }),
  };
}

const contentOf = (mail: OutgoingMail): JsonObject =>
  mail.template
    ? {
        TemplateID: templateNumber(mail.template.ref),
        TemplateLanguage: true,
        TemplateErrorDeliver: false,
        Variables: mail.template.variables,
      }
    : { ...(mail.html ? { HTMLPart: mail.html } : {}), ...(mail.text ? { TextPart: mail.text } : {}) };
