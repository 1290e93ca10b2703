import type { FastifyInstance, FastifyReply } from 'fastify';

/** A year: whoever came by TLS once comes by nothing else (RFC 6797 §6.1.1). */
const transportSecuritySeconds = 31_536_000;

/** For answers that no browser shows as a page. Routes that serve pages set policies of their own over these. */
export const apiSecurityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * Headers of every answer, errors included. Strict-Transport-Security only where the public address is https: the proxy that
 * ends TLS hands it on, and browsers ignore it on answers that came without.
 */
export const securityHeadersOf = (publicUrl: string): Readonly<Record<string, string>> =>
  publicUrl.startsWith('https://')
    ? { ...apiSecurityHeaders, 'strict-transport-security': `max-age=${transportSecuritySeconds}` }
    : apiSecurityHeaders;

export const addSecurityHeaders = (fastify: FastifyInstance, headers: Readonly<Record<string, string>>): void => {
  fastify.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(headers);
    done();
  });
};

/** Puts a page's own headers over those of every answer; what its handler has set itself stays. */
export const setPageHeaders = (reply: FastifyReply, headers: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(headers)) {
    const present = reply.getHeader(name);
    if (present === undefined || present === apiSecurityHeaders[name]) void reply.header(name, value);
  }
};
