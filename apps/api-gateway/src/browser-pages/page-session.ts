import { randomBytes, timingSafeEqual } from 'node:crypto';

export interface Flash {
  kind: 'info' | 'error';
  text: string;
}

/** What cookie `_proca_key` holds: signed, readable by its owner's browser, by scripts of no page. */
export interface PageSession {
  /** Of the login; null for a visitor. */
  token: string | null;
  /** What every form of this browser must send back. */
  csrfToken: string;
  /** Said on the next page. */
  flashes: Flash[];
  /** Where a visitor wanted to go before the login. */
  returnTo: string | null;
}

const csrfBytes = 32;
const longestPath = 1_000;

export const newSession = (token: string | null = null): PageSession => ({
  token,
  csrfToken: randomBytes(csrfBytes).toString('base64url'),
  flashes: [],
  returnTo: null,
});

export const encodeSession = (session: PageSession): string =>
  Buffer.from(JSON.stringify(session)).toString('base64url');

/** Of a cookie whose signature was checked; null for one of another release. */
export const decodeSession = (text: string): PageSession | null => {
  try {
    const { token, csrfToken, flashes, returnTo } = JSON.parse(
      Buffer.from(text, 'base64url').toString(),
    ) as PageSession;
    if (typeof csrfToken !== 'string' || !Array.isArray(flashes)) return null;
    return { token: token ?? null, csrfToken, flashes, returnTo: localPath(returnTo ?? '') };
  } catch {
    return null;
  }
};

/** A path of this server; null for anything that could lead elsewhere. */
export const localPath = (path: string): string | null =>
  /^\/(?![/\\])[^\\\s]*$/.test(path) && path.length <= longestPath ? path : null;

export const isCsrfToken = ({ csrfToken }: PageSession, given: string): boolean => {
  const [expected, actual] = [Buffer.from(csrfToken), Buffer.from(given)];
  return expected.length === actual.length && timingSafeEqual(expected, actual);
};
