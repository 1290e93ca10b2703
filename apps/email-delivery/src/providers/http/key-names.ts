/** The names of an unexpected body's keys: what can be shown of it, since its values may be personal. */
export function keyNames(body: unknown): string {
  if (Array.isArray(body)) return 'a list';
  if (body === null || typeof body !== 'object') return 'no JSON object';
  return `keys: ${Object.keys(body).slice(0, 10).join(', ') || 'none'}`;
}
