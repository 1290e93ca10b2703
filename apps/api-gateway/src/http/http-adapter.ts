import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { requestIdFrom } from '@groundswell/observability';
import { largestJsonBody } from '../graphql/requests/request-body';
import { addSecurityHeaders, securityHeadersOf } from './security-headers';
import { SilentConnections } from './silent-connections';

export interface HttpSettings {
  /** CORS_ALLOW_ORIGIN. */
  allowedOrigins: readonly string[];
  /** TRUSTED_PROXIES. */
  trustedProxies: number;
  /** PUBLIC_URL, or what DOMAIN makes of it. */
  publicUrl?: string;
}

/** Both lists are part of the contract (graphql-api.md §1.7). */
const corsMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const corsHeaders = [
  'Authorization',
  'Content-Type',
  'Accept',
  'Origin',
  'User-Agent',
  'DNT',
  'Cache-Control',
  'X-Mx-ReqToken',
  'Keep-Alive',
  'X-Requested-With',
  'If-Modified-Since',
  'X-CSRF-Token',
  'Idempotency-Key',
];
const preflightKeptSeconds = 1_728_000;

const idleCheckMs = 50;

/** Fastify under Nest, with what holds for every path: request ids, security headers, CORS, the limit of a body. */
export const createHttpAdapter = async ({
  allowedOrigins,
  trustedProxies,
  publicUrl = '',
}: HttpSettings): Promise<FastifyAdapter> => {
  const adapter = new FastifyAdapter({
    bodyLimit: largestJsonBody,
    genReqId: (request: IncomingMessage) => requestIdFrom(request.headers['x-request-id']),
    trustProxy: trustedProxies === 0 ? false : (_address: string, hop: number) => hop < trustedProxies,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // No Connect-style middleware and no uploads here; both cost every request.
    skipMiddie: true,
    multipart: false,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  addSecurityHeaders(fastify, securityHeadersOf(publicUrl));
  await fastify.register(cors, {
    origin: allowedOrigins.includes('*') ? '*' : [...allowedOrigins],
    credentials: true,
    methods: corsMethods,
    allowedHeaders: corsHeaders,
    maxAge: preflightKeptSeconds,
    optionsSuccessStatus: 204,
    // A bare OPTIONS is a question too; pip `proca` asks that way.
    strictPreflight: false,
  });
  closeConnectionsAsTheyEnd(fastify);
  return adapter;
};

/** Closing ends connections that are idle then; one that was busy would stay until its client goes, and hold up the
 *  shutdown for as long as keep-alive lasts, and one that never said anything for as long as a head may take. */
const closeConnectionsAsTheyEnd = (fastify: FastifyInstance): void => {
  const silent = new SilentConnections(fastify.server);
  fastify.addHook('preClose', (done) => {
    const endThem = (): void => {
      fastify.server.closeIdleConnections();
      silent.end();
    };
    const timer = setInterval(endThem, idleCheckMs).unref();
    fastify.server.once('close', () => clearInterval(timer));
    done();
  });
};
