import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findPlaygroundAssets } from './playground-assets';
import type { PlaygroundAsset } from './playground-assets';

const path = '/graphiql';
const forEver = 'public, max-age=31536000, immutable';

/** Only what this server sends; the editor makes style elements and has its fonts inside its style sheet. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** The playground for /api (graphql-api.md §1.1): a page and its files, all from here. */
@Injectable()
export class PlaygroundRoute implements OnModuleInit {
  constructor(@Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    const assets = findPlaygroundAssets();
    const page = pageOf(assets);
    fastify.get(path, (request, reply) => sendPage(request, reply, page));
    for (const asset of assets) {
      const { type, bytes } = asset;
      const headers = { ...securityHeaders, 'content-type': type, 'content-length': bytes, 'cache-control': forEver };
      fastify.get(addressOf(asset), (_request, reply) => reply.headers(headers).send(asset.open()));
    }
  }
}

const sendPage = ({ headers }: FastifyRequest, reply: FastifyReply, page: string): FastifyReply => {
  reply.headers({ ...securityHeaders, vary: 'accept', 'cache-control': 'no-cache' });
  if (!headers.accept?.toLowerCase().includes('text/html')) {
    return reply.code(406).type('text/plain; charset=utf-8').send('This is a page for browsers; the API is at /api\n');
  }
  return reply.type('text/html; charset=utf-8').send(page);
};

const addressOf = ({ name, hash }: PlaygroundAsset): string => `${path}/${hash}/${name}`;

const pageOf = (assets: readonly PlaygroundAsset[]): string => {
  const links = assets.map((asset) =>
    asset.name.endsWith('.css')
      ? `<link rel="stylesheet" href="${addressOf(asset)}">`
      : `<script defer src="${addressOf(asset)}"></script>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><title>GraphiQL</title><meta name="viewport" content="width=device-width">',
    '<link rel="icon" href="data:,">',
    ...links,
    '</head>',
    '<body><div id="graphiql">Loading</div></body>',
    '</html>',
    '',
  ].join('\n');
};
