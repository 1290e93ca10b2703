import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerOrRetry } from '../links/answer-or-retry';
import { send } from '../links/link-http';
import type { ReportLinks } from './report-links';

interface ReportRequest {
  Params: { id: string; secret: string };
}

const largestBody = 16_384;

/** `/reports/:id/:secret`, in a part of Fastify of its own, since a browser posts a form of which nothing is read. The secret is the
 *  authority. */
export class ReportLinkRoutes {
  constructor(private readonly links: Pick<ReportLinks, 'follow'>) {}

  async register(fastify: FastifyInstance): Promise<void> {
    await fastify.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: largestBody }, (_request, _body, next) =>
        next(null),
      );
      scope.route<ReportRequest>({
        method: ['GET', 'HEAD', 'POST'],
        url: '/reports/:id/:secret',
        handler: (request, reply) => this.answer(request, reply),
      });
      done();
    });
  }

  private async answer({ params, method }: FastifyRequest<ReportRequest>, reply: FastifyReply): Promise<FastifyReply> {
    send(reply, await answerOrRetry(() => this.links.follow(params.id, params.secret, method)));
    return reply;
  }
}
