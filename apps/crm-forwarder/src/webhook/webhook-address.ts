export type WebhookAddress =
  | { url: string; isTagged: boolean }
  /** `ofEndpoint`: the service's host is at fault; else what this message holds. */
  | { fault: string; ofEndpoint: boolean };

const tag = /\{\{([^{}]*)\}\}/g;
/** Scheme, host and port, without tags, where a path or query follows. */
const untaggedOrigin = /^[a-z][a-z\d+.-]*:\/\/[^/?#\\\s{}]+(?=[/?#])/i;
const dotSegment = /^(?:\.|%2e){1,2}$/i;
const loneSurrogate = /\p{Cs}/u;

/** Where a message goes: `host` with each {{key}} replaced by the message's top-level text or number of that name,
 *  URL-encoded (processing.md §8.4). Tags stand in path and query only, and their values start no other path segment: what
 *  supporters write never decides which server is called, nor which directory there. */
export function addressOf(host: string, body: string): WebhookAddress {
  const template = host.trim();
  if (template.search(tag) < 0) return { url: template, isTagged: false };
  const origin = untaggedOrigin.exec(template)?.[0];
  if (!origin) return { fault: 'tags may stand in the path and the query of the address only', ofEndpoint: true };
  const values = topLevelOf(body);
  let missing: string | undefined;
  const url = template.replace(tag, (_, name: string) => {
    const value = valueOf(values, name.trim());
    if (value === undefined) missing ??= name.trim();
    return encodeURIComponent(value ?? '');
  });
  if (missing !== undefined) {
    return { fault: `the message has no text or number for {{${missing.slice(0, 60)}}}`, ofEndpoint: false };
  }
  const path = url.slice(origin.length).replace(/[?#].*$/s, '');
  if (path.split(/[/\\]/).some((segment) => dotSegment.test(segment))) {
    return { fault: 'a tag would be a step to another directory', ofEndpoint: false };
  }
  return { url, isTagged: true };
}

function valueOf(values: Record<string, unknown>, key: string): string | undefined {
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return loneSurrogate.test(String(value)) ? undefined : String(value);
}

function topLevelOf(body: string): Record<string, unknown> {
  try {
    const message: unknown = JSON.parse(body);
    return message !== null && typeof message === 'object' ? (message as Record<string, unknown>) : {};
  } catch {
    // Then no tag has a value, and that is what is said.
    return {};
  }
}
