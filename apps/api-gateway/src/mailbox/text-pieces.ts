export interface TextPiece {
  text: string;
  /** Of a link. */
  href: string | null;
}

const link = /https?:\/\/[^\s<>"'`\\^{|}]+/g;
/** Ends a sentence, not an address. */
const trailing = /[.,;:!?)\]]+$/;

/** A plain text cut where addresses of pages begin and end. */
export function textPieces(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let done = 0;
  const add = (end: number, href: string | null): void => {
    if (end > done) pieces.push({ text: text.slice(done, end), href });
    done = end;
  };
  for (const { 0: found, index } of text.matchAll(link)) {
    const address = found.replace(trailing, '');
    add(index, null);
    add(index + address.length, address);
  }
  add(text.length, null);
  return pieces;
}
