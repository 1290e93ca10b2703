import type { IncomingMessage } from 'node:http';

export type SocketProtocol = 'phoenix' | 'graphql-ws';

const protocols: ReadonlyMap<string, SocketProtocol> = new Map([
  ['/socket/websocket', 'phoenix'],
  ['/socket/websocket/', 'phoenix'],
  ['/api', 'graphql-ws'],
  ['/api/', 'graphql-ws'],
]);

/** What the request for an upgrade says before it becomes a connection. */
export interface UpgradeRequest {
  protocol: SocketProtocol | null;
  parameters: URLSearchParams;
  ip: string;
  referer: string | null;
}

export const readUpgradeRequest = (request: IncomingMessage, trustedProxies: number): UpgradeRequest => {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  return {
    protocol: protocols.get(path) ?? null,
    parameters: new URLSearchParams(query),
    ip: clientAddressOf(request, trustedProxies),
    referer: request.headers.referer || null,
  };
};

export const isWebSocketUpgrade = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

/** As over HTTP: X-Forwarded-For is believed as far as there are proxies of ours, counted from here. */
const clientAddressOf = ({ socket, headers }: IncomingMessage, trustedProxies: number): string => {
  const forwarded = [headers['x-forwarded-for']].flat().join(',').split(',');
  const addresses = [
    socket.remoteAddress ?? '',
    ...forwarded
      .map((part) => part.trim())
      .filter(Boolean)
      .reverse(),
  ];
  return addresses[Math.min(trustedProxies, addresses.length - 1)] ?? '';
};

/** Only browsers send an origin: it must be ours or one whose pages may call us (CORS_ALLOW_ORIGIN). */
export const isOriginAllowed = (
  { headers }: Pick<IncomingMessage, 'headers'>,
  allowedOrigins: readonly string[],
): boolean => {
  const { origin, host } = headers;
  if (origin === undefined || allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return true;
  return host !== undefined && hostOf(origin) === host.toLowerCase();
};

/** The `Authorization` of a program. A script cannot set it: what a browser sends with the page of another site is a login it
 *  remembers, which that page must not use. */
export const loginOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string | null => {
  const { authorization, origin, host } = headers;
  const isForeign = origin !== undefined && hostOf(origin) !== host?.toLowerCase();
  return isForeign ? null : authorization || null;
};

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);
