import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { LinkAnswer } from './link-answer';
import type { Query } from './link-request';
import { SupporterLinks } from './supporter-links';

/** The parts of Fastify's request and reply used here. */
interface Request {
  method: string;
  url: string;
  query: unknown;
}
interface Reply {
  code(status: number): Reply;
  headers(values: Record<string, string>): Reply;
  send(body: string): Reply;
}

interface ConfirmParams {
  actionId: string;
  verb: string;
  ref: string;
}

/** Public, from any origin, without CSRF protection: the link itself is the authority (processing.md §5.9). */
@Controller('link')
export class SupporterLinkController {
  constructor(@Inject(SupporterLinks) private readonly links: SupporterLinks) {}

  @Get('s/:actionId/:verb/:ref')
  async follow(@Param() params: ConfirmParams, @Req() request: Request, @Res() reply: Reply): Promise<void> {
    send(reply, await this.links.confirm(params, followed(request)));
  }

  @Post('s/:actionId/:verb/:ref')
  async press(@Param() params: ConfirmParams, @Req() request: Request, @Res() reply: Reply): Promise<void> {
    send(reply, await this.links.confirm(params, followed(request)));
  }

  @Get('d/:actionId/:ref')
  async optIn(
    @Param() params: Omit<ConfirmParams, 'verb'>,
    @Req() request: Request,
    @Res() reply: Reply,
  ): Promise<void> {
    send(reply, await this.links.optIn(params, followed(request)));
  }
}

const followed = ({ method, url, query }: Request) => ({ method, url, query: (query ?? {}) as Query });

const send = (reply: Reply, { status, headers, body }: LinkAnswer): void => {
  reply.code(status).headers(headers).send(body);
};
