import { WebhookRefusal } from '../webhooks/webhook-refusal';

const longestHead = 8 * 1024;
const boundaryForm = /;\s*boundary=(?:"([^"]{1,200})"|([^;\s"]{1,200}))/i;

/** A multipart form as it comes in, without its files: a mail's attachments are large, and nobody keeps them. */
export class FormFields {
  private readonly delimiter: Buffer;
  /** The first delimiter has no end of line before it. */
  private rest = Buffer.from('\r\n');
  private isFile = false;
  private toSkip = this.rest.length;
  private isEnded = false;

  /** Throws WebhookRefusal 400 where no boundary is told. */
  constructor(contentType: string) {
    const [, quoted, plain] = boundaryForm.exec(contentType) ?? [];
    const boundary = quoted ?? plain;
    if (boundary === undefined) throw new WebhookRefusal(400, 'malformed form');
    this.delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  /** What of it is no file. Throws WebhookRefusal 400 for the head of a part without an end. */
  take(chunk: Buffer): Buffer {
    const kept: Buffer[] = [];
    let rest = Buffer.concat([this.rest, chunk]);
    while (!this.isEnded) {
      const at = rest.indexOf(this.delimiter);
      if (at < 0) {
        const end = Math.max(0, rest.length - this.delimiter.length + 1);
        if (!this.isFile) kept.push(rest.subarray(0, end));
        rest = rest.subarray(end);
        break;
      }
      if (!this.isFile) kept.push(rest.subarray(0, at));
      this.isFile = false;
      rest = rest.subarray(at);
      const headEnd = rest.indexOf('\r\n\r\n', this.delimiter.length);
      const isLast = rest.subarray(this.delimiter.length, this.delimiter.length + 2).toString() === '--';
      if (!isLast && headEnd < 0) {
        if (rest.length > longestHead) throw new WebhookRefusal(400, 'malformed form');
        break;
      }
      const head = isLast ? rest.subarray(0, this.delimiter.length + 2) : rest.subarray(0, headEnd + 4);
      this.isEnded = isLast;
      this.isFile = !isLast && /\bfilename\*?=/i.test(head.toString('latin1'));
      if (!this.isFile) kept.push(head);
      rest = rest.subarray(head.length);
    }
    this.rest = this.isEnded ? Buffer.alloc(0) : rest;
    return this.withoutFirstLineEnd(Buffer.concat(kept));
  }

  private withoutFirstLineEnd(bytes: Buffer): Buffer {
    const skipped = Math.min(this.toSkip, bytes.length);
    this.toSkip -= skipped;
    return bytes.subarray(skipped);
  }
}
