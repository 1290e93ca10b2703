/** Written by no person: absence notes and receipts (RFC 3834), reports of delivery (RFC 6522). */
export function isAutomaticMail(headers: Iterable<readonly [name: string, value: string]>): boolean {
  for (const [name, value] of headers) if (signs.get(name.toLowerCase())?.test(value)) return true;
  return false;
}

const signs: ReadonlyMap<string, RegExp> = new Map([
  ['auto-submitted', /^\s*(?!no\b)\S/i],
  ['content-type', /^\s*multipart\/report\b/i],
  ['precedence', /^\s*auto[_-]?reply\b/i],
  ['x-autoreply', /^\s*(?!no\b)\S/i],
  ['x-autorespond', /^\s*(?!no\b)\S/i],
]);
