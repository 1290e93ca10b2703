import type { MttReplyV1 } from '@groundswell/contracts';
import { htmlToText, isAutomaticMail, readableReply, readableSubject, type ReplyText } from '@groundswell/domain';

export interface ReadReply extends ReplyText {
  subject: string;
}

/** The text of an answer, cut and plain; null for what no person wrote. Throws for what cannot be read as a mail. */
export async function readReply(mail: MttReplyV1['mail']): Promise<ReadReply | null> {
  if (mail.form === 'parsed') return replyOf(mail.subject, mail.isHtml ? htmlToText(mail.text) : mail.text);
  // Most processes never see an answer: a parser that is not loaded costs no memory.
  const { default: PostalMime } = await import('postal-mime');
  const parsed = await PostalMime.parse(Buffer.from(mail.content, 'base64'), { maxNestingDepth: 20 });
  if (isAutomaticMail(parsed.headers.map(({ key, value }) => [key, value] as const))) return null;
  const text = parsed.text?.trim() ? parsed.text : htmlToText(parsed.html ?? '');
  return replyOf(parsed.subject ?? '', text);
}

const replyOf = (subject: string, text: string): ReadReply => ({
  subject: readableSubject(subject),
  ...readableReply(text),
});
