import { Args, Resolver, Subscription } from '@nestjs/graphql';
import { ApiError } from '../api/api-error';
import type { RequestContext } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { PageReadService } from '../pages/page-read.service';
import { PageChangeFeed } from './page-change-feed';
import type { PageChanged, PageChangeStream } from './page-change-stream';

@Resolver()
export class PageSubscriptionResolver {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly feed: PageChangeFeed,
    private readonly pages: PageReadService,
  ) {}

  @Subscription('actionPageUpserted', {
    resolve(this: PageSubscriptionResolver, { pageId }: PageChanged, _args: unknown, { viewer }: RequestContext) {
      return this.pages.read(viewer, { id: pageId });
    },
  })
  async actionPageUpserted(@Args('orgName') orgName?: string | null): Promise<PageChangeStream> {
    if (orgName == null) return this.feed.follow(null);
    const org = await this.lookup.findOrg(orgName);
    if (!org) throw new ApiError('not_found', 'Org not found');
    return this.feed.follow(org.id);
  }
}
