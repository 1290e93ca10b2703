import type { LinkAnswer } from './link-answer';
import type { FollowedLink, Query } from './link-request';

/** The parts of Fastify's request and reply used here. */
export interface LinkRequest {
  method: string;
  url: string;
  query: unknown;
  headers: { authorization?: string | undefined; accept?: string | undefined };
  ip: string;
}
export interface LinkReply {
  code(status: number): LinkReply;
  headers(values: Record<string, string>): LinkReply;
  send(body: string): LinkReply;
}

export const followed = ({ method, url, query, headers, ip }: LinkRequest): FollowedLink => ({
  method,
  url,
  query: (query ?? {}) as Query,
  authorization: headers.authorization,
  accept: headers.accept,
  ip,
});

export const send = (reply: LinkReply, { status, headers, body }: LinkAnswer): void => {
  reply.code(status).headers(headers).send(body);
};
