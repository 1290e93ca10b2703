import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseAwayError } from '@groundswell/persistence';
import { ApiError } from '../api/api-error';
import type { GatewayLogger } from '../http/runtime.module';
import { TooManyRequestsError } from '../rate-limits/too-many-requests.error';
import type { PageRenderer } from './templates/page-renderer';

const retrySeconds = 10;

/** Pages that say why there is no page. They name nobody: who asks may not be known. */
export class TroublePages {
  constructor(
    private readonly renderer: PageRenderer,
    private readonly logger: GatewayLogger,
  ) {}

  notFound(reply: FastifyReply): FastifyReply {
    return this.show(reply, 404, 'Page not found', 'There is nothing at this address.');
  }

  expiredForm(reply: FastifyReply): FastifyReply {
    return this.show(reply, 403, 'This form has expired', 'Please go back, load the page again and send it once more.');
  }

  send(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error instanceof TooManyRequestsError) {
      reply.header('retry-after', String(error.retryAfterSeconds));
      return this.show(reply, 429, 'Too many tries', `Please wait ${inWords(error.retryAfterSeconds)} and try again.`);
    }
    if (error instanceof DatabaseAwayError || (error instanceof ApiError && error.code === 'unavailable')) {
      reply.header('retry-after', String(retrySeconds));
      return this.show(reply, 503, 'Please try again', 'We cannot answer just now. Nothing was changed.');
    }
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
      return this.show(reply, statusCode, 'This did not work', 'The form could not be read.');
    }
    this.logger.error({ err: error, requestId: request.id }, 'page failed');
    return this.show(reply, 500, 'Something went wrong', 'It is not your fault, and we have been told.');
  }

  private show(reply: FastifyReply, status: number, title: string, lead: string): FastifyReply {
    const links = [{ href: '/', text: 'To the start' }];
    const body = this.renderer.render({ title, lead, links }, { flashes: [], csrfToken: '', email: null });
    return reply.code(status).type('text/html; charset=utf-8').send(body);
  }
}

const inWords = (seconds: number): string =>
  seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
