import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sessions } from '../accounts/sessions';
import type { Viewer } from '../auth/access';
import { isCsrfToken, localPath, newSession, type PageSession } from './page-session';
import { protect } from './page-protection';
import type { PageMethod, PageRoute } from './page-route';
import { PageVisit } from './page-visit';
import type { SessionCookies } from './session-cookies';
import type { PageRenderer } from './templates/page-renderer';
import { icon, iconPath, stylePath, styleSheet } from './templates/style';
import type { TroublePages } from './trouble.pages';

export interface PageServerParts {
  routes: PageRoute[];
  sessions: Sessions;
  cookies: SessionCookies;
  renderer: PageRenderer;
  trouble: TroublePages;
  /** The first signs. */
  cookieKeys: Buffer[];
}

/** Bytes of a form; none of ours comes near. */
const largestForm = 64 * 1_024;

/** Serves pages to browsers, in a part of Fastify of their own: cookies and forms mean nothing to the API. */
export class PageServer {
  constructor(private readonly parts: PageServerParts) {}

  async register(fastify: FastifyInstance): Promise<void> {
    await fastify.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      await scope.register(cookie, { secret: this.parts.cookieKeys, hook: 'onRequest' });
      await scope.register(formbody, { bodyLimit: largestForm });
      scope.addHook('onSend', (_request, reply, _payload, done) => {
        protect(reply);
        done();
      });
      scope.setErrorHandler((error, request, reply) => this.parts.trouble.send(error, request, reply));
      this.addRoutes(scope);
      scope.get(stylePath, (_request, reply) => sendFixed(reply, 'text/css; charset=utf-8', styleSheet));
      scope.get(iconPath, (_request, reply) => sendFixed(reply, 'image/svg+xml', icon));
    });
  }

  /** Browsers' forms can only GET and POST: another method comes as field `_method` (email-and-mtt.md §7.3). */
  private addRoutes(scope: FastifyInstance): void {
    const { routes } = this.parts;
    for (const route of routes.filter(({ method }) => method !== 'POST')) {
      // A HEAD by whatever looks at links in mails must not use them up.
      const exposeHeadRoute = !route.path.includes(':');
      const { method, path: url } = route;
      scope.route({ method, url, exposeHeadRoute, handler: (request, reply) => this.serve(route, request, reply) });
    }
    for (const url of new Set(routes.filter(({ method }) => method !== 'GET').map(({ path }) => path))) {
      scope.post(url, async (request, reply) => {
        const method = overriddenMethod(request);
        const route = routes.find((one) => one.path === url && one.method === method);
        return route ? this.serve(route, request, reply) : this.parts.trouble.notFound(reply);
      });
    }
  }

  private async serve(route: PageRoute, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const kept = this.parts.cookies.read(request);
    if (route.method !== 'GET' && !isOwnForm(request, kept)) return this.parts.trouble.expiredForm(reply);
    const { session, viewer } = await this.whoIs(kept ?? newSession(), request);
    const visit = new PageVisit({ ...this.parts, request, reply, session, viewer });
    if (route.access === 'visitor' && viewer) visit.redirect('/');
    else if (route.access === 'member' && !viewer) askToLogIn(visit, request);
    else await route.handle(visit);
    return reply;
  }

  /** By the session, else by the cookie that outlives it. */
  private async whoIs(
    session: PageSession,
    request: FastifyRequest,
  ): Promise<{ session: PageSession; viewer: Viewer | null }> {
    const remembered = this.parts.cookies.rememberedToken(request);
    for (const token of new Set([session.token, remembered])) {
      const viewer = token === null ? null : await this.parts.sessions.viewerOf(token);
      if (viewer) return { session: { ...session, token }, viewer };
    }
    return { session: { ...session, token: null }, viewer: null };
  }
}

const askToLogIn = (visit: PageVisit, request: FastifyRequest): void => {
  if (request.method === 'GET') visit.session.returnTo = localPath(request.url);
  visit.flash('error', 'You must log in to access this page.').redirect('/users/log_in');
};

const overriddenMethod = ({ body }: FastifyRequest): PageMethod => {
  const given = (body as Record<string, unknown> | undefined)?.['_method'];
  const method = typeof given === 'string' ? given.toUpperCase() : 'POST';
  return method === 'PUT' || method === 'DELETE' ? method : 'POST';
};

/** The form came from a page of ours, in this browser. A browser says itself when another site's page sent it. */
const isOwnForm = ({ body, headers }: FastifyRequest, session: PageSession | null): boolean => {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const given = (body as Record<string, unknown> | undefined)?.['_csrf_token'];
  return session !== null && typeof given === 'string' && isCsrfToken(session, given);
};

/** Its address changes whenever it does. */
const sendFixed = (reply: FastifyReply, type: string, content: string): FastifyReply =>
  reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(content);
