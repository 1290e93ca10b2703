import type { Readable } from 'node:stream';
import { maxReplyMimeBytes, maxReplyTextLength, type MttReplyV1 } from '@groundswell/contracts';
import { isAutomaticMail, toStorableText } from '@groundswell/domain';
import { WebhookRefusal } from '../webhooks/webhook-refusal';
import { FormFields } from './form-fields';

/** Largest mail that is taken: its beginning is read, the rest passes by. */
export const maxInboundBytes = 30 * 1024 * 1024;
/** Of a form without its files, which is read whole. */
export const maxFormBytes = 2 * 1024 * 1024;

const longestSubject = 1_000;
const formTypes = ['application/x-www-form-urlencoded', 'multipart/form-data'] as const;

export interface InboundBody {
  contentType: string;
  bytes: Buffer;
}

const isMultipart = (contentType: string): boolean => contentType.toLowerCase().startsWith(formTypes[1]);
const isForm = (contentType: string): boolean => formTypes.some((type) => contentType.toLowerCase().startsWith(type));

/** Of a form all but its files, of anything else the beginning. Throws WebhookRefusal 413 beyond the limits, 400 after `longestMs`. */
export async function readInbound(contentType: string, payload: Readable, longestMs: number): Promise<InboundBody> {
  const fields = isMultipart(contentType) ? new FormFields(contentType) : null;
  const kept = new KeptBytes(isForm(contentType) ? maxFormBytes : maxReplyMimeBytes);
  const timer = setTimeout(() => payload.destroy(new WebhookRefusal(400, 'too slow')), longestMs);
  let length = 0;
  try {
    for await (const chunk of payload as AsyncIterable<Buffer>) {
      length += chunk.length;
      const isWhole = kept.add(fields ? fields.take(chunk) : chunk);
      if (length > maxInboundBytes || (isForm(contentType) && !isWhole)) {
        throw new WebhookRefusal(413, 'body too large');
      }
    }
  } finally {
    clearTimeout(timer);
  }
  return { contentType, bytes: kept.bytes };
}

/** The beginning of what comes, however small the chunks are. */
class KeptBytes {
  private buffer = Buffer.alloc(0);
  private length = 0;

  constructor(private readonly most: number) {}

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** Whether there was room for all of it. */
  add(chunk: Buffer): boolean {
    const needed = Math.min(this.most, this.length + chunk.length);
    if (needed > this.buffer.length) {
      const larger = Buffer.alloc(Math.min(this.most, Math.max(needed, this.buffer.length * 2)));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    const isWhole = this.length + chunk.length <= this.most;
    chunk.copy(this.buffer, this.length);
    this.length = needed;
    return isWhole;
  }
}

/** Raw MIME, or what a Mailgun route posts; null for what no person wrote. Throws WebhookRefusal 400 for a body that holds no mail. */
export async function mailOf(body: InboundBody): Promise<MttReplyV1['mail'] | null> {
  if (!isForm(body.contentType)) return mimeOf(body.bytes);
  const fields = await fieldsOf(body);
  const mime = fields('body-mime');
  if (mime) return mimeOf(Buffer.from(mime));
  if (isAutomaticMail(headersIn(fields('message-headers')))) return null;
  const [plain, html] = [fields('body-plain'), fields('body-html')];
  const isHtml = plain.trim() === '';
  const text = isHtml ? html : plain;
  if (text.trim() === '') throw new WebhookRefusal(400, 'no mail in it');
  return {
    form: 'parsed',
    subject: toStorableText(fields('subject')).slice(0, longestSubject),
    text: toStorableText(text.slice(0, maxReplyTextLength)),
    isHtml,
  };
}

/** Pairs in JSON, as Mailgun posts them beside the parts of a mail. */
function headersIn(text: string): [string, string][] {
  try {
    const pairs: unknown = JSON.parse(text);
    return Array.isArray(pairs) ? pairs.filter(isPair) : [];
  } catch {
    return [];
  }
}

const isPair = (value: unknown): value is [string, string] =>
  Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string';

function mimeOf(bytes: Buffer): MttReplyV1['mail'] {
  if (bytes.length === 0) throw new WebhookRefusal(400, 'no mail in it');
  return { form: 'mime', content: bytes.subarray(0, maxReplyMimeBytes).toString('base64') };
}

async function fieldsOf({ contentType, bytes }: InboundBody): Promise<(name: string) => string> {
  try {
    const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
    return (name) => {
      const value = form.get(name);
      return typeof value === 'string' ? value : '';
    };
  } catch {
    // What the parser says may quote the form.
    throw new WebhookRefusal(400, 'malformed form');
  }
}
