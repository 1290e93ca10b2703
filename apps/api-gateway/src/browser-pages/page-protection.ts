import type { FastifyReply } from 'fastify';

export const pageSecurityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** No script of another origin reads pages, whoever may call the API. Headers that a page has set itself stay. */
export const protect = (reply: FastifyReply): void => {
  reply.removeHeader('access-control-allow-origin');
  reply.removeHeader('access-control-allow-credentials');
  for (const [name, value] of Object.entries(pageSecurityHeaders)) {
    if (!reply.hasHeader(name)) reply.header(name, value);
  }
};
