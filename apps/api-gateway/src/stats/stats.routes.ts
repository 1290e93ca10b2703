import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Catalogue, DatabaseAwayError, type CatalogueCampaign } from '@groundswell/persistence';
import { ApiError } from '../api/api-error';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import type { GatewayLogger } from '../http/runtime.module';
import { StatsReader } from './stats-reader';

interface StatsRoute {
  Params: { file: string };
}

const suffix = '.json';
const retrySeconds = '5';
/** Ids are 32 bits in the API. */
const campaignId = /^[1-9][0-9]{0,9}$/;

/** `/stats/CAMPAIGN.json`: a campaign's public figures for static pages, by id or name (docs/stats.md). */
export class StatsRoutes {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly catalogue: Catalogue,
    private readonly reader: StatsReader,
    /** STATS_MAX_AGE, s. */
    private readonly maxAgeSeconds: number,
    private readonly logger: GatewayLogger,
  ) {}

  register(fastify: FastifyInstance): void {
    fastify.get<StatsRoute>('/stats/:file', (request, reply) => this.answer(request, reply));
  }

  private async answer(request: FastifyRequest<StatsRoute>, reply: FastifyReply): Promise<FastifyReply> {
    const { file } = request.params;
    openToAll(reply);
    try {
      const campaign = file.endsWith(suffix) ? await this.campaignOf(file.slice(0, -suffix.length)) : null;
      if (!campaign) return sendError(reply, 404, 'Campaign not found', 'not_found');
      return this.send(request, reply, JSON.stringify(await this.bodyOf(campaign)));
    } catch (error) {
      if (!isAway(error)) {
        this.logger.error({ err: error, requestId: request.id }, 'stats request failed');
        return sendError(reply, 500, 'Internal server error');
      }
      return sendError(reply.header('retry-after', retrySeconds), 503, 'Not available now', 'unavailable');
    }
  }

  /** A name may be made of digits: an id comes first. */
  private async campaignOf(idOrName: string): Promise<CatalogueCampaign | null> {
    const byId = campaignId.test(idOrName) ? await this.lookup.findCampaign(Number(idOrName)) : null;
    return byId ?? this.lookup.findCampaign(idOrName);
  }

  private async bodyOf(campaign: CatalogueCampaign) {
    const { supporterCount, supporterCountByArea, actionCount, byOrg } = await this.reader.ofCampaign(campaign);
    const { orgs } = this.catalogue;
    const supporterCountByOrg = [...byOrg]
      .map(([id, count]) => ({ org: orgs.get(id), count }))
      .flatMap(({ org, count }) => (org && !org.deletedAt ? { org: org.name, title: org.title, count } : []))
      .sort((a, b) => b.count - a.count || (a.org < b.org ? -1 : 1));
    const { id, name } = campaign;
    return { campaign: { id, name }, supporterCount, supporterCountByArea, supporterCountByOrg, actionCount };
  }

  private send({ headers }: FastifyRequest, reply: FastifyReply, body: string): FastifyReply {
    const etag = `"${hash('sha256', body, 'base64url').slice(0, 22)}"`;
    reply.headers({ etag, 'cache-control': `public, max-age=${this.maxAgeSeconds}` });
    if (matches(headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.type('application/json; charset=utf-8').send(body);
  }
}

/** Nothing here depends on who asks, so one answer serves every origin. */
const openToAll = (reply: FastifyReply): void => {
  reply.removeHeader('access-control-allow-credentials').removeHeader('vary');
  reply.headers({ 'access-control-allow-origin': '*', 'access-control-expose-headers': 'etag' });
};

const matches = (ifNoneMatch: string | undefined, etag: string): boolean =>
  (ifNoneMatch ?? '').split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));

const isAway = (error: unknown): boolean =>
  error instanceof DatabaseAwayError || (error instanceof ApiError && error.code === 'unavailable');

const sendError = (reply: FastifyReply, status: number, message: string, code?: string): FastifyReply =>
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [code ? { message, extensions: { code } } : { message }] }));
