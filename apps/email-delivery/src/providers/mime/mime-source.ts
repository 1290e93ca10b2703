import { quotedPrintable } from './quoted-printable';

/** What is read here of nodemailer's tree of a mail. `multipart` and `boundary` are there once the headers are built. */
export interface MimeTree {
  childNodes: readonly MimeTree[];
  content?: unknown;
  multipart?: string | false | undefined;
  boundary?: string | false | undefined;
  buildHeaders(): string;
  getTransferEncoding(): string | false;
}

const base64Line = 76;

/**
 * The mail as bytes. Texts and files are in memory anyway, so it is written in one go: nodemailer's own way passes each part
 * through several streams, which costs more than rendering and encoding it. Throws for content that is not in memory.
 */
export function mimeSource(root: MimeTree): Buffer {
  const parts: (string | Buffer)[] = [];
  writeNode(root, parts);
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : part)));
}

function writeNode(node: MimeTree, parts: (string | Buffer)[]): void {
  parts.push(`${node.buildHeaders()}\r\n\r\n`);
  if (!node.multipart) return writeContent(node, parts);
  node.childNodes.forEach((child, index) => {
    parts.push(`${index > 0 ? '\r\n' : ''}--${String(node.boundary)}\r\n`);
    writeNode(child, parts);
  });
  parts.push(`\r\n--${String(node.boundary)}--\r\n`);
}

function writeContent(node: MimeTree, parts: (string | Buffer)[]): void {
  const { content = '' } = node;
  if (typeof content !== 'string' && !Buffer.isBuffer(content)) throw new Error('content of a mail is not in memory');
  switch (node.getTransferEncoding()) {
    case 'quoted-printable':
      parts.push(quotedPrintable(content.toString()));
      break;
    case 'base64':
      parts.push(inLines(Buffer.from(content).toString('base64')));
      break;
    default:
      parts.push(content);
  }
}

function inLines(base64: string): string {
  const lines: string[] = [];
  for (let at = 0; at < base64.length; at += base64Line) lines.push(base64.slice(at, at + base64Line));
  return lines.join('\r\n');
}
