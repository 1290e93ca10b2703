import { strippedWebUrl } from './web-url';

/** Whether a host (as in URL.hostname: lower case, punycode, no port) belongs to the campaign or an allow-list. */
export type HostRule = (hostname: string) => boolean;

export type ConfirmRedirect =
  | { kind: 'none' }
  | { kind: 'redirect'; url: string }
  /** Answered like none, with a remark. */
  | { kind: 'bad_redirect' };

export type DoiParameter = { ok: true; doi: string | null; isOptIn: boolean } | { ok: false };

const doiValues: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['yes', true],
  ['0', false],
  ['false', false],
  ['no', false],
]);
/** Printable ASCII without backslash, which browsers read as a slash. */
const localPath = /^\/(?!\/)[!-[\]-~]*$/;

/** The `doi` parameter of a confirm link; `doi` keeps the text given. Not ok: the link is malformed. */
export function parseDoi(text: string | null | undefined): DoiParameter {
  if (!text) return { ok: true, doi: null, isOptIn: false };
  const isOptIn = doiValues.get(text);
  return isOptIn === undefined ? { ok: false } : { ok: true, doi: text, isOptIn };
}

/** The URL with parameters put before its own query, null when it may not be redirected to. The host is judged as
 *  browsers read it, so `https://page.org@evil.org/` is evil.org. */
function withParameters(redir: string, parameters: string, allowHost: HostRule): string | null {
  if (strippedWebUrl(redir) === null || !URL.canParse(redir)) return null;
  const url = new URL(redir);
  if (!allowHost(url.hostname)) return null;
  url.username = '';
  url.password = '';
  url.search = url.search ? `${parameters}&${url.search.slice(1)}` : parameters;
  return url.href;
}

/** Where an accept or reject link leads after it was done (processing.md 5.9). `doi` only if the link had one. */
export function confirmRedirect(
  redir: string | null | undefined,
  { verb, doi }: { verb: 'accept' | 'reject'; doi: string | null },
  allowHost: HostRule,
): ConfirmRedirect {
  if (!redir) return { kind: 'none' };
  const parameters = doi === null ? `proca_confirm=${verb}` : `proca_confirm=${verb}&proca_doi=${doi}`;
  const url = withParameters(redir, parameters, allowHost);
  return url === null ? { kind: 'bad_redirect' } : { kind: 'redirect', url };
}

/** Where a double opt-in link leads: redir, else where the page was last seen, else the root. */
export function doiRedirect(
  redir: string | null | undefined,
  lastLocation: string | null | undefined,
  allowHost: HostRule,
): string {
  return leadTo(redir, lastLocation, 'proca_doi=1', allowHost);
}

/** Where a personal link leads: as a double opt-in link, to where the page usually is, saying who comes. */
export const personalRedirect = (
  redir: string | null | undefined,
  lastLocation: string | null | undefined,
  contactRef: string,
  allowHost: HostRule,
): string => leadTo(redir, lastLocation, `proca_ref=${encodeURIComponent(contactRef)}`, allowHost);

function leadTo(
  redir: string | null | undefined,
  lastLocation: string | null | undefined,
  parameters: string,
  allowHost: HostRule,
): string {
  const toRedir = redir ? withParameters(redir, parameters, allowHost) : null;
  return toRedir ?? (lastLocation ? withParameters(lastLocation, parameters, () => true) : null) ?? '/';
}

/** Where the link of an org confirm leads: a path on our own host, else the root. */
export const localRedirect = (redir: string | null | undefined): string =>
  redir && localPath.test(redir) ? redir : '/';
