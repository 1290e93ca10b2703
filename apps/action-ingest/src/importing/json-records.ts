import { importLimits } from '@groundswell/contracts';
import { UnreadableFileError } from './uploaded-row';

export interface JsonRecord {
  /** Null: it is no object, is cut off, or larger than a row may be. */
  text: string | null;
  reason: string;
  /** Where the next one begins, bytes from the beginning of the file. */
  end: number;
}

const [quote, backslash, open, close, newline] = [0x22, 0x5c, 0x7b, 0x7d, 0x0a];
/** What may stand between objects, as lines and as an array: white space, comma, brackets, and the byte order mark. */
const between = new Set([0x20, 0x09, 0x0a, 0x0d, 0x2c, 0x5b, 0x5d, 0xef, 0xbb, 0xbf]);

const noJson = 'is no JSON object';
const tooLarge = `is larger than ${importLimits.rowBytes} bytes`;

/**
 * Cuts JSON lines, or an array, into its objects without holding more than one. A line break inside a text is no JSON: the object
 * ends there, so that one broken line spoils no other.
 */
class ObjectCutter {
  private depth = 0;
  private isText = false;
  private isEscaped = false;
  private isJunk = false;
  private held: Buffer[] = [];
  private heldBytes = 0;

  get isInside(): boolean {
    return this.depth > 0 || this.isJunk;
  }

  /** The objects that end in this piece, which begins at `offset`. */
  cut(piece: Buffer, offset: number): JsonRecord[] {
    const records: JsonRecord[] = [];
    let start = this.isInside ? 0 : -1;
    for (let at = 0; at < piece.length; at += 1) {
      const sign = piece[at] ?? 0;
      if (!this.isInside) {
        if (between.has(sign)) continue;
        start = at;
        if (sign === open) this.depth = 1;
        else this.isJunk = true;
      } else if (this.endsAt(sign)) {
        this.hold(piece.subarray(start, at + 1));
        records.push(this.release(offset + at + 1));
        start = -1;
      }
    }
    if (start >= 0) this.hold(piece.subarray(start));
    return records;
  }

  /** What is left when the file ends; more than a row may be is many of them, swallowed. Throws UnreadableFileError. */
  rest(end: number): JsonRecord | null {
    if (!this.isInside) return null;
    this.isJunk = true;
    const record = this.release(end);
    if (record.reason === tooLarge) throw new UnreadableFileError('an object is not closed, or the file is no JSON');
    return record;
  }

  private endsAt(sign: number): boolean {
    if (this.isJunk) return sign === newline;
    if (this.isEscaped) {
      this.isEscaped = false;
      return false;
    }
    if (this.isText) return this.endsText(sign);
    if (sign === quote) this.isText = true;
    else if (sign === open) this.depth += 1;
    else if (sign === close) this.depth -= 1;
    return this.depth === 0;
  }

  private endsText(sign: number): boolean {
    if (sign === backslash) this.isEscaped = true;
    else if (sign === quote) this.isText = false;
    else if (sign === newline) this.isJunk = true;
    return this.isJunk;
  }

  private hold(bytes: Buffer): void {
    this.heldBytes += bytes.length;
    if (this.heldBytes <= importLimits.rowBytes) this.held.push(bytes);
    else this.held = [];
  }

  private release(end: number): JsonRecord {
    const isLarge = this.heldBytes > importLimits.rowBytes;
    const text = this.isJunk || isLarge ? null : Buffer.concat(this.held).toString('utf8');
    [this.held, this.heldBytes, this.depth] = [[], 0, 0];
    [this.isText, this.isEscaped, this.isJunk] = [false, false, false];
    return { text, reason: isLarge ? tooLarge : noJson, end };
  }
}

/** Objects of a JSON file in UTF-8, from the end of any of them on. Throws UnreadableFileError. */
export async function* readJson(source: AsyncIterable<Buffer>, from: number): AsyncGenerator<JsonRecord> {
  const cutter = new ObjectCutter();
  let offset = from;
  for await (const piece of source) {
    yield* cutter.cut(piece, offset);
    offset += piece.length;
  }
  const rest = cutter.rest(offset);
  if (rest) yield rest;
}
