const webUrl = /^((?:https?|wss?):\/\/)(?:[^\s/?#]*@)?([^\s/?#@]+)(\/[^\s?#]*)(?=[?#]|$)/i;

/** Scheme, host and path of a well-formed http, https, ws or wss URL, without credentials, query and fragment.
 *  Null when it is none or has no path. */
export function strippedWebUrl(text: string): string | null {
  const match = webUrl.exec(text);
  return match ? `${match[1]}${match[2]}${match[3]}` : null;
}
