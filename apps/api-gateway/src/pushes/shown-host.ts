/** A URL, with or without its scheme. */
const hostForm = /^(?:(?:[a-z][a-z0-9+.-]*:)?\/\/)?(?:[^/?#]*@)?([^/?#]*)/i;

/** The host of a service as people may see it: without scheme, user name, password, path and query, any of which may be a
 *  secret. Null where none is set. */
export const shownHost = (host: string): string | null => hostForm.exec(host.trim())?.[1] || null;
