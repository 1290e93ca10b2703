import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isStorableText } from '@groundswell/domain';
import { DatabaseAwayError } from '@groundswell/persistence';
import { pageSecurityHeaders, protect } from '../browser-pages/page-protection';
import type { GatewayLogger } from '../http/runtime.module';
import { mailDocument, mailDocumentHeaders } from './mail-document';
import { renderList, renderMail, renderTrouble } from './mailbox.renderer';
import { mailboxStylePath, mailboxStyleSheet } from './mailbox.style';
import type { PagePosition, PreviewMailReadModel, PreviewPart } from './preview-mail.read-model';

interface MailRequest {
  Params: { id: string };
}

const retrySeconds = 10;

/** As for other pages, and with a frame for the html of a mail. */
const pageHeaders = {
  ...pageSecurityHeaders,
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
};

/** The mailbox: pages without scripts, in a part of Fastify of their own. */
export class MailboxRoutes {
  constructor(
    private readonly mails: PreviewMailReadModel,
    private readonly logger: GatewayLogger,
  ) {}

  async register(fastify: FastifyInstance): Promise<void> {
    await fastify.register((scope, _options, done) => {
      scope.addHook('onSend', (_request, reply, _payload, next) => {
        protect(reply);
        next();
      });
      scope.setErrorHandler((error, request, reply) => this.showTrouble(error, request, reply));
      scope.get('/mailbox', (request, reply) => this.showList(request, reply));
      scope.get(mailboxStylePath, (_request, reply) => sendStyle(reply));
      scope.get<MailRequest>('/mailbox/:id', ({ params }, reply) => this.showMail(params.id, null, reply));
      scope.get<MailRequest>('/mailbox/:id/html', ({ params }, reply) => this.sendDocument(params.id, reply));
      for (const part of ['text', 'source'] as const) {
        scope.get<MailRequest>(`/mailbox/:id/${part}`, ({ params }, reply) => this.showMail(params.id, part, reply));
      }
      done();
    });
  }

  private async showList({ query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return sendPage(reply, 200, renderList(await this.mails.list(positionOf(query as Record<string, unknown>))));
  }

  /** Without a part the first it has. */
  private async showMail(id: string, asked: PreviewPart | null, reply: FastifyReply): Promise<FastifyReply> {
    const mail = isStorableText(id) ? await this.mails.find(id) : null;
    const part = asked ?? mail?.parts[0];
    if (!mail || !part) return notFound(reply);
    const found = await this.mails.part(mail.id, part);
    if (!found) return notFound(reply);
    const content = part === 'html' ? null : found.content;
    return sendPage(reply, 200, renderMail(mail, { part, content, isWhole: found.isWhole }));
  }

  private async sendDocument(id: string, reply: FastifyReply): Promise<FastifyReply> {
    const found = isStorableText(id) ? await this.mails.part(id, 'html') : null;
    if (!found) return notFound(reply);
    return reply
      .headers({ ...mailDocumentHeaders, 'content-type': 'text/html; charset=utf-8' })
      .send(mailDocument(found.content));
  }

  private showTrouble(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error instanceof DatabaseAwayError) {
      reply.header('retry-after', String(retrySeconds));
      return sendPage(reply, 503, renderTrouble('Please try again', 'We cannot answer just now.'));
    }
    this.logger.error({ err: error, requestId: request.id }, 'mailbox failed');
    return sendPage(reply, 500, renderTrouble('Something went wrong', 'It is not your fault, and we have been told.'));
  }
}

const rowId = /^\d{1,18}$/;

/** The first page for what no link of ours asks. */
const positionOf = ({ before, after }: Record<string, unknown>): PagePosition => {
  if (typeof before === 'string' && rowId.test(before)) return { before };
  return typeof after === 'string' && rowId.test(after) ? { after } : null;
};

const notFound = (reply: FastifyReply): FastifyReply =>
  sendPage(reply, 404, renderTrouble('Mail not found', 'There is no such mail, or it was replaced by newer ones.'));

const sendPage = (reply: FastifyReply, status: number, body: string): FastifyReply =>
  reply
    .code(status)
    .headers({ ...pageHeaders, 'content-type': 'text/html; charset=utf-8' })
    .send(body);

const sendStyle = (reply: FastifyReply): FastifyReply =>
  reply
    .headers({ 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable' })
    .send(mailboxStyleSheet);
