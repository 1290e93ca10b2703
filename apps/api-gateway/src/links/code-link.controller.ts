import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CodeLinks } from './code-links';
import { followed, send, type LinkReply, type LinkRequest } from './link-http';

interface CodeParams {
  verb: string;
  code: string;
}

/** Public, from any origin: without the code, which is in nobody's cookies, nothing happens (processing.md §5.9). */
@Controller('link')
export class CodeLinkController {
  constructor(@Inject(CodeLinks) private readonly links: CodeLinks) {}

  @Get(':verb/:code')
  async follow(@Param() params: CodeParams, @Req() request: LinkRequest, @Res() reply: LinkReply): Promise<void> {
    send(reply, await this.links.follow(params, followed(request)));
  }

  @Post(':verb/:code')
  async press(@Param() params: CodeParams, @Req() request: LinkRequest, @Res() reply: LinkReply): Promise<void> {
    send(reply, await this.links.follow(params, followed(request)));
  }
}
