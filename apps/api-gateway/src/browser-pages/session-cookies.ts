import type { FastifyReply, FastifyRequest } from 'fastify';
import '@fastify/cookie';
import { sessionDays } from '../accounts/account-token.repository';
import { decodeSession, encodeSession, type PageSession } from './page-session';

export const sessionCookie = '_proca_key';
export const rememberCookie = '_proca_user_remember_me';

const daySeconds = 86_400;

/** Both cookies of the pages, signed. Lax: a link in a mail must find its reader logged in (email-and-mtt.md §7.3 [D]). */
export class SessionCookies {
  /** `isSecure`: the public address is https. */
  constructor(private readonly isSecure: boolean) {}

  read(request: FastifyRequest): PageSession | null {
    const text = unsigned(request, sessionCookie);
    return text === null ? null : decodeSession(text);
  }

  write(reply: FastifyReply, session: PageSession): void {
    void reply.setCookie(sessionCookie, encodeSession(session), this.options());
  }

  /** Token of a login that outlives the browser's session. */
  rememberedToken(request: FastifyRequest): string | null {
    return unsigned(request, rememberCookie);
  }

  remember(reply: FastifyReply, token: string): void {
    void reply.setCookie(rememberCookie, token, { ...this.options(), maxAge: sessionDays * daySeconds });
  }

  forget(reply: FastifyReply): void {
    void reply.clearCookie(rememberCookie, this.options());
  }

  private options() {
    return { path: '/', httpOnly: true, sameSite: 'lax', secure: this.isSecure, signed: true } as const;
  }
}

const unsigned = (request: FastifyRequest, name: string): string | null => {
  const signed = request.cookies[name];
  if (!signed) return null;
  const { valid, value } = request.unsignCookie(signed);
  return valid ? value : null;
};
