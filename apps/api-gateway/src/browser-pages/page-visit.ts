import type { FastifyReply, FastifyRequest } from 'fastify';
import { isStorableText } from '@groundswell/domain';
import type { Visitor } from '../accounts/visitor';
import type { Viewer } from '../auth/access';
import type { Query } from '../links/link-request';
import { newSession, type PageSession } from './page-session';
import type { SessionCookies } from './session-cookies';
import type { Page } from './templates/page';
import type { PageRenderer } from './templates/page-renderer';

export interface VisitParts {
  request: FastifyRequest;
  reply: FastifyReply;
  cookies: SessionCookies;
  renderer: PageRenderer;
  session: PageSession;
  viewer: Viewer | null;
}

const language = /^\s*([a-z]{2,3})\b/i;

/** One request for a page: who comes, what the form says, and how it is answered. */
export class PageVisit {
  constructor(private readonly parts: VisitParts) {}

  get viewer(): Viewer | null {
    return this.parts.viewer;
  }

  /** On pages for members only. */
  get member(): Viewer {
    if (!this.parts.viewer) throw new Error('a page for members was shown to a visitor');
    return this.parts.viewer;
  }

  get visitor(): Visitor {
    const { ip, headers } = this.parts.request;
    return { address: ip, locale: language.exec(headers['accept-language'] ?? '')?.[1]?.toLowerCase() ?? 'en' };
  }

  get session(): PageSession {
    return this.parts.session;
  }

  /** Part of the path. */
  param(name: string): string {
    return (this.parts.request.params as Record<string, string | undefined>)[name] ?? '';
  }

  /** Parameters of the address. */
  get query(): Query {
    return (this.parts.request.query ?? {}) as Query;
  }

  /** A field of the form; empty when it is missing, or holds what cannot be stored. */
  field(name: string): string {
    const value = (this.parts.request.body as Record<string, unknown> | undefined)?.[name];
    return typeof value === 'string' && isStorableText(value) ? value : '';
  }

  /** Said on the page that comes next. */
  flash(kind: 'info' | 'error', text: string): this {
    this.session.flashes = [...this.session.flashes, { kind, text }];
    return this;
  }

  redirect(path: string): void {
    const { reply, cookies } = this.parts;
    cookies.write(reply, this.session);
    reply.redirect(path, 303);
  }

  show(page: Page, status = 200): void {
    const { reply, cookies, renderer } = this.parts;
    const { flashes, csrfToken } = this.session;
    this.session.flashes = [];
    cookies.write(reply, this.session);
    const body = renderer.render(page, { flashes, csrfToken, email: this.viewer?.email ?? null });
    reply.code(status).type('text/html; charset=utf-8').send(body);
  }

  /** The session is another one from now on: what somebody planted before means nothing. */
  logIn(token: string, viewer: Viewer, isRemembered: boolean): void {
    this.renew(newSession(token), viewer);
    if (isRemembered) this.parts.cookies.remember(this.parts.reply, token);
    else this.parts.cookies.forget(this.parts.reply);
  }

  logOut(): void {
    this.renew(newSession(), null);
    this.parts.cookies.forget(this.parts.reply);
  }

  private renew(session: PageSession, viewer: Viewer | null): void {
    this.parts.session = session;
    this.parts.viewer = viewer;
  }
}
