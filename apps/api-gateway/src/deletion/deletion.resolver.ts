import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { DeletionService, type CampaignToDelete, type PageToDelete } from './deletion.service';

@Resolver()
export class DeletionResolver {
  constructor(private readonly deletions: DeletionService) {}

  @Mutation('deleteActionPage')
  deleteActionPage(@Args() page: PageToDelete, @Context() { viewer }: RequestContext) {
    return this.deletions.deletePage(viewer, page);
  }

  @Mutation('deleteCampaign')
  deleteCampaign(@Args() campaign: CampaignToDelete, @Context() { viewer }: RequestContext) {
    return this.deletions.deleteCampaign(viewer, campaign);
  }

  @Mutation('deleteOrg')
  deleteOrg(@Args('name') name: string, @Context() { viewer }: RequestContext) {
    return this.deletions.deleteOrg(viewer, name);
  }
}
