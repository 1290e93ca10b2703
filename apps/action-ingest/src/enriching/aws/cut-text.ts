/** The beginning of a text that fits into so many bytes of UTF-8, whole characters. */
export function cutText(text: string, bytes: number): string {
  const all = Buffer.from(text, 'utf8');
  if (all.length <= bytes) return text;
  let end = bytes;
  // Not within a character: its further bytes begin with the bits 10.
  while (end > 0 && ((all[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return all.toString('utf8', 0, end);
}
