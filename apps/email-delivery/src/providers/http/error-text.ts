const maxLength = 300;

/** What a provider said, fit for a row that outlives the mail and for logs: no addresses, no user ids, one line. */
export const cleanError = (text: string, longest = maxLength): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/user:\S+/gi, 'user:[REDACTED]')
    .replace(/[^\s"'<>()[\]{},;:]+(?:@|%40)[^\s"'<>()[\]{},;:]+/gi, '[REDACTED]')
    .trim()
    .slice(0, longest);

/** The names of an unexpected body's keys: what can be shown of it, since its values may be personal. */
export function keyNames(body: unknown): string {
  if (Array.isArray(body)) return 'a list';
  if (body === null || typeof body !== 'object') return 'no JSON object';
  return `keys: ${Object.keys(body).slice(0, 10).join(', ') || 'none'}`;
}
