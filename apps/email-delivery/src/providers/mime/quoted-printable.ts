const lineLength = 76;
const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const equals = 0x3d;
const lineBreak = [carriageReturn, lineFeed] as const;
const hexDigits = Buffer.from('0123456789ABCDEF', 'latin1');

const isBreak = (byte: number | undefined): boolean => byte === carriageReturn || byte === lineFeed;
/** Space and tab at the end of a line are lost on the way. */
const isLiteral = (byte: number, next: number | undefined): boolean =>
  byte === space || byte === tab
    ? next !== undefined && !isBreak(next)
    : byte > space && byte < 0x7f && byte !== equals;
/** Bytes of the UTF-8 sequence that begins here; 1 where none begins. */
const sequenceLength = (byte: number): number => {
  if (byte < 0xc2) return 1;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
};

/**
 * Quoted-printable (RFC 2045 section 6.7) of a text in UTF-8: line breaks of every kind as CRLF, no line over 76 characters, no
 * character torn apart by a soft line break. One pass.
 */
export function quotedPrintable(text: string): Buffer {
  const source = Buffer.from(text, 'utf8');
  // Three characters a byte, and three more for a soft line break after at least 63 of them.
  const target = Buffer.allocUnsafe(source.length * 3 + Math.ceil((source.length * 3) / 63) * 3);
  let length = 0;
  let column = 0;
  const softBreakBefore = (characters: number): void => {
    if (column + characters < lineLength) return;
    target[length] = equals;
    target[length + 1] = carriageReturn;
    target[length + 2] = lineFeed;
    length += 3;
    column = 0;
  };
  for (let at = 0; at < source.length; at += 1) {
    const byte = source[at] ?? 0;
    if (isBreak(byte)) {
      if (byte === carriageReturn && source[at + 1] === lineFeed) at += 1;
      target.set(lineBreak, length);
      length += lineBreak.length;
      column = 0;
    } else if (isLiteral(byte, source[at + 1])) {
      softBreakBefore(1);
      target[length] = byte;
      length += 1;
      column += 1;
    } else {
      softBreakBefore(3 * sequenceLength(byte));
      target[length] = equals;
      target[length + 1] = hexDigits[byte >> 4] ?? 0;
      target[length + 2] = hexDigits[byte & 15] ?? 0;
      length += 3;
      column += 3;
    }
  }
  return target.subarray(0, length);
}
