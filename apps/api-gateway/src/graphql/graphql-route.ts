import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { currentTrace, runWithTrace } from '@groundswell/observability';
import type { RequestContext, Viewer } from '../auth/access';
import { RequestAuthenticator } from '../auth/request-authenticator';
import { ApiError } from '../api/api-error';
import { isEci } from '../config';
import type { GatewayConfig } from '../config';
import { unrecordedTrace } from '../http/request-trace';
import { GATEWAY_CONFIG, GATEWAY_LOGGER } from '../http/runtime.module';
import type { GatewayLogger } from '../http/runtime.module';
import { TooManyRequestsError } from '../rate-limits/too-many-requests.error';
import { apiErrorEntry, tooManyEntry } from './answers/error-entries';
import type { ErrorEntry } from './answers/error-entries';
import { EciSurface } from './eci/eci-surface';
import { GraphqlExecutor } from './graphql-executor';
import type { GraphqlAnswer } from './graphql-executor';
import { isClientGone } from './requests/client-gone';
import { readGraphqlRequest } from './requests/graphql-request';
import type { Parameters } from './requests/graphql-request';
import { RefusedRequest } from './requests/refused-request';
import { Batch, largestFormBody, largestJsonBody } from './requests/request-body';
import { parseDocumentBody, parseFormBody, parseJsonBody } from './requests/request-body';
import type { RequestBody } from './requests/request-body';

type BodyRequest = FastifyRequest<{ Body: RequestBody; Querystring: Parameters }>;

interface Answer {
  status: number;
  body: unknown;
}

type Surface = Pick<EciSurface, 'run'>;

/** A path, and what is served there. */
interface Place {
  path: string;
  surface: Surface;
  authenticates: boolean;
}

const contentType = 'application/json; charset=utf-8';

/** GraphQL over HTTP at /api (graphql-api.md §1.1 to §1.4). */
@Injectable()
export class GraphqlRoute implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(GraphqlExecutor) private readonly executor: GraphqlExecutor,
    @Inject(EciSurface) private readonly eci: EciSurface,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    @Inject(RequestAuthenticator) private readonly authenticator: RequestAuthenticator,
    @Inject(GATEWAY_LOGGER) private readonly logger: GatewayLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    await fastify.register(async (scope) => {
      addBodyParsers(scope);
      scope.setErrorHandler((error, request, reply) => this.sendFault(error, request, reply));
      for (const place of this.places()) {
        const handler = (request: FastifyRequest, reply: FastifyReply) =>
          this.serve(request as BodyRequest, reply, place);
        for (const url of [place.path, `${place.path}/`]) {
          scope.route({ method: 'POST', url, handler });
          scope.route({ method: 'GET', url, handler });
        }
      }
    });
  }

  /** In ECI mode the public knows nobody's credentials and sees a part of the schema (graphql-api.md §1.9). */
  private places(): Place[] {
    const { executor, eci, config } = this;
    if (!isEci(config)) return [{ path: '/api', surface: executor, authenticates: true }];
    return [
      { path: '/api', surface: eci, authenticates: false },
      { path: '/private/api', surface: executor, authenticates: true },
    ];
  }

  private async serve(request: BodyRequest, reply: FastifyReply, place: Place): Promise<FastifyReply> {
    const authorization = place.authenticates ? request.headers.authorization : undefined;
    if (authorization !== undefined && isForeignForm(request)) {
      throw new RefusedRequest(403, 'Forms of other sites are refused', 'permission_denied');
    }
    const viewer = authorization === undefined ? null : await this.authenticator.viewerOf(authorization, request.ip);
    const context = contextOf(request, viewer);
    const trace = currentTrace() ?? unrecordedTrace(request);
    const { status, body } = await runWithTrace(trace, () => this.answer(request, context, place.surface));
    if (context.retryAfterSeconds !== undefined) reply.header('retry-after', String(context.retryAfterSeconds));
    return send(reply, status, body);
  }

  private answer(request: BodyRequest, context: RequestContext, surface: Surface): Promise<Answer> {
    if (request.method !== 'POST') return run(surface, request.query, context, false);
    const { body } = request;
    if (body instanceof Batch) return this.answerBatch(body, context, surface);
    return run(surface, parametersOf(request, body), context, true);
  }

  /** One after the other, as mutations of one document are. A fault shows in the status of the whole. */
  private async answerBatch({ elements }: Batch, context: RequestContext, surface: Surface): Promise<Answer> {
    const body: unknown[] = [];
    let status: number = 200;
    for (const [index, element] of elements.entries()) {
      const { query: _query, variables: _variables, ...rest } = asParameters(element);
      const answer = await this.answerElement(asParameters(element), index, context, surface);
      if (answer.status === 500) status = 500;
      body.push({ ...rest, payload: answer.body });
    }
    return { status, body };
  }

  private async answerElement(
    element: Parameters,
    index: number,
    context: RequestContext,
    surface: Surface,
  ): Promise<GraphqlAnswer> {
    const { idempotencyKey } = context;
    const own = { ...context, idempotencyKey: idempotencyKey === null ? null : `${idempotencyKey}#${index}` };
    try {
      return await run(surface, element, own, true);
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      return { status: 200, body: refusalBody(error) };
    } finally {
      if (own.retryAfterSeconds !== undefined) context.retryAfterSeconds = own.retryAfterSeconds;
    }
  }

  private sendFault(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error instanceof TooManyRequestsError) {
      reply.header('retry-after', String(error.retryAfterSeconds));
      return send(reply, 429, { data: null, errors: [tooManyEntry(error)] });
    }
    if (error instanceof RefusedRequest) {
      if (error.status === 405) reply.header('allow', 'POST');
      return send(reply, error.status, refusalBody(error));
    }
    if (error instanceof ApiError) {
      const { retryAfterSeconds } = error.extra;
      if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(retryAfterSeconds));
      return send(reply, 200, { data: null, errors: [apiErrorEntry(error)] });
    }
    const { statusCode, code } = error as { statusCode?: number; code?: unknown };
    if (statusCode === 413) return send(reply, 413, { errors: [{ message: 'Request body is too large' }] });
    if (typeof code === 'string' && code.startsWith('FST_ERR_CTP')) {
      return send(reply, 400, { errors: [{ message: 'Malformed request' }] });
    }
    if (isClientGone(error)) return send(reply, 400, { errors: [{ message: 'Malformed request' }] });
    this.logger.error({ err: error, requestId: request.id }, 'request failed');
    return send(reply, 500, { errors: [{ message: 'Internal server error' }] });
  }
}

const run = (
  surface: Surface,
  parameters: Parameters,
  context: RequestContext,
  mayMutate: boolean,
): Promise<GraphqlAnswer> => {
  const request = readGraphqlRequest(parameters);
  context.captcha = request.captcha ?? null;
  return surface.run(request, context, mayMutate);
};

const addBodyParsers = (scope: FastifyInstance): void => {
  scope.removeAllContentTypeParsers();
  const parsers: [string | RegExp, number, (body: Buffer) => RequestBody][] = [
    ['application/json', largestJsonBody, parseJsonBody],
    [/^application\/[^;\s]+\+json\b/i, largestJsonBody, parseJsonBody],
    ['application/graphql', largestJsonBody, parseDocumentBody],
    ['application/x-www-form-urlencoded', largestFormBody, parseFormBody],
    ['*', largestJsonBody, () => undefined],
  ];
  for (const [type, bodyLimit, parse] of parsers) {
    scope.addContentTypeParser(type, { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
      try {
        done(null, parse(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    });
  }
};

/** A page of another site can send a form without asking us first, and the browser adds a login it remembers: no script has set
 *  that header, for then the browser would have asked. Only browsers say where a request comes from. */
const isForeignForm = ({ headers }: FastifyRequest): boolean => {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false;
};

/** The URL of a POST is not read (the widget appends `?id=`), except beside a body that is a bare document. */
const parametersOf = (request: BodyRequest, body: Exclude<RequestBody, Batch>): Parameters => {
  const isDocument = request.headers['content-type']?.toLowerCase().startsWith('application/graphql') ?? false;
  return isDocument ? { ...request.query, ...body } : (body ?? {});
};

const asParameters = (element: unknown): Parameters =>
  typeof element === 'object' && element !== null && !Array.isArray(element) ? (element as Parameters) : {};

/** An empty one is none. */
const firstOf = (header: string | string[] | undefined): string | null =>
  (Array.isArray(header) ? header[0] : header) || null;

const contextOf = ({ headers, id, ip }: FastifyRequest, viewer: Viewer | null): RequestContext => ({
  viewer,
  referer: firstOf(headers.referer),
  idempotencyKey: firstOf(headers['idempotency-key']),
  requestId: id,
  ip,
});

const refusalBody = ({ message, code }: RefusedRequest): { data?: null; errors: ErrorEntry[] } =>
  code === null ? { errors: [{ message }] } : { data: null, errors: [{ message, extensions: { code } }] };

const send = (reply: FastifyReply, status: number, body: unknown): FastifyReply =>
  reply.status(status).header('content-type', contentType).send(JSON.stringify(body));
