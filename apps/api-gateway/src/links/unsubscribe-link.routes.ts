import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { followed, send } from './link-http';
import type { UnsubscribeLinks } from './unsubscribe-links';

interface TokenRequest {
  Params: { token: string };
}

const largestBody = 16_384;

/** `/link/u/:token`, in a part of Fastify of its own: mail programs post a form of either encoding (RFC 8058), of which nothing
 *  is read. Public, from any origin, without CSRF protection: the token is the authority. */
export class UnsubscribeLinkRoutes {
  constructor(private readonly links: Pick<UnsubscribeLinks, 'follow'>) {}

  async register(fastify: FastifyInstance): Promise<void> {
    await fastify.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: largestBody }, (_request, _body, next) =>
        next(null),
      );
      scope.route<TokenRequest>({
        method: ['GET', 'HEAD', 'POST'],
        url: '/link/u/:token',
        handler: (request, reply) => this.answer(request, reply),
      });
      done();
    });
  }

  private async answer(request: FastifyRequest<TokenRequest>, reply: FastifyReply): Promise<FastifyReply> {
    send(reply, await this.links.follow(request.params, followed(request)));
    return reply;
  }
}
