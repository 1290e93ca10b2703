import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { followed, send, type LinkReply, type LinkRequest } from './link-http';
import { PersonalLinks } from './personal-links';
import { SupporterLinks } from './supporter-links';

interface ConfirmParams {
  actionId: string;
  verb: string;
  ref: string;
}

/** Public, from any origin, without CSRF protection: the link itself is the authority (processing.md §5.9). */
@Controller('link')
export class SupporterLinkController {
  constructor(
    @Inject(SupporterLinks) private readonly links: SupporterLinks,
    @Inject(PersonalLinks) private readonly personal: PersonalLinks,
  ) {}

  @Get('s/:actionId/:verb/:ref')
  async follow(@Param() params: ConfirmParams, @Req() request: LinkRequest, @Res() reply: LinkReply): Promise<void> {
    send(reply, await this.links.confirm(params, followed(request)));
  }

  @Post('s/:actionId/:verb/:ref')
  async press(@Param() params: ConfirmParams, @Req() request: LinkRequest, @Res() reply: LinkReply): Promise<void> {
    send(reply, await this.links.confirm(params, followed(request)));
  }

  @Get('d/:actionId/:ref')
  async optIn(
    @Param() params: Omit<ConfirmParams, 'verb'>,
    @Req() request: LinkRequest,
    @Res() reply: LinkReply,
  ): Promise<void> {
    send(reply, await this.links.optIn(params, followed(request)));
  }

  @Get('m/:token')
  async openPersonal(
    @Param() params: { token: string },
    @Req() request: LinkRequest,
    @Res() reply: LinkReply,
  ): Promise<void> {
    send(reply, await this.personal.follow(params, followed(request)));
  }
}
