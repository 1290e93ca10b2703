export type Credentials =
  | { kind: 'password'; email: string; password: string }
  | { kind: 'apiToken'; token: string }
  | { kind: 'jwt'; token: string }
  /** Basic, but not what Basic has to look like. */
  | { kind: 'malformed' };

const basic = /^basic(?:\s+(.*))?$/i;
const bearer = /^bearer\s+(\S+)$/i;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** What decoding puts in place of bytes that are no text, and what Postgres refuses. */
const noText = /[\0\uFFFD]/;

/** What an `Authorization` header offers, in the order of graphql-api.md §1.8; null for another shape. */
export const readCredentials = (authorization: string): Credentials | null => {
  const header = authorization.trim();
  const basicMatch = basic.exec(header);
  if (basicMatch) return readBasic(basicMatch[1] ?? '');
  const token = bearer.exec(header)?.[1];
  if (token?.startsWith('API-')) return { kind: 'apiToken', token };
  return token?.startsWith('ey') ? { kind: 'jwt', token } : null;
};

const readBasic = (encoded: string): Credentials => {
  const text = base64.test(encoded) ? Buffer.from(encoded, 'base64').toString('utf8') : '';
  const colon = text.indexOf(':');
  const email = text.slice(0, Math.max(colon, 0));
  const password = text.slice(colon + 1);
  if (email === '' || password === '' || noText.test(text)) return { kind: 'malformed' };
  return { kind: 'password', email, password };
};
