import type { CatalogueOrg } from '@groundswell/persistence';
import { Args, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CampaignReadService, type SelectCampaign } from '../campaigns/campaign-read.service';
import { KeyService, type SelectKey } from '../keys/key.service';
import { PageReadService, type SelectPage } from '../pages/page-read.service';
import type { PageIdentifier } from '../pages/page-identifier';
import { ServiceService, type SelectService } from '../services/service.service';
import { OrgReadService } from './org-read.service';
import { OrgTemplatesService } from './org-templates.service';
import type { OrgView } from './org.view';

interface ProcessingView {
  row: CatalogueOrg;
}

/** Fields of an org for its own staff. */
@Resolver('PrivateOrg')
export class PrivateOrgResolver {
  constructor(
    private readonly orgs: OrgReadService,
    private readonly keyService: KeyService,
    private readonly serviceService: ServiceService,
    private readonly campaignReader: CampaignReadService,
    private readonly pageReader: PageReadService,
  ) {}

  @ResolveField('personalData')
  personalData(@Parent() { row }: OrgView) {
    return this.orgs.personalData(row);
  }

  @ResolveField('processing')
  processing(@Parent() { row }: OrgView) {
    return this.orgs.processing(row);
  }

  @ResolveField('users')
  users(@Parent() { id }: OrgView) {
    return this.orgs.users(id);
  }

  @ResolveField('keys')
  keys(@Parent() { id }: OrgView, @Args('select') select?: SelectKey | null) {
    return this.keyService.list(id, select ?? {});
  }

  @ResolveField('key')
  key(@Parent() { id }: OrgView, @Args('select') select: SelectKey) {
    return this.keyService.newest(id, select);
  }

  @ResolveField('services')
  services(@Parent() { id }: OrgView, @Args('select') select?: SelectService | null) {
    return this.serviceService.list(id, select ?? {});
  }

  @ResolveField('campaigns')
  campaigns(@Parent() { id, access }: OrgView, @Args('select') select?: SelectCampaign | null) {
    return this.campaignReader.ofOrg(id, select ?? {}, access);
  }

  @ResolveField('campaign')
  campaign(@Parent() { id, access }: OrgView, @Args('id') campaignId: number) {
    return this.campaignReader.oneOfOrg(id, campaignId, access);
  }

  @ResolveField('actionPages')
  actionPages(@Parent() { id, access }: OrgView, @Args('select') select?: SelectPage | null) {
    return this.pageReader.ofOrg(id, select ?? {}, access);
  }

  @ResolveField('actionPage')
  actionPage(@Parent() { id, access }: OrgView, @Args() identifier: PageIdentifier) {
    return this.pageReader.oneOfOrg(id, identifier, access);
  }
}

@Resolver('Processing')
export class ProcessingResolver {
  constructor(private readonly templates: OrgTemplatesService) {}

  @ResolveField('emailTemplates')
  emailTemplates(@Parent() { row }: ProcessingView) {
    return this.templates.namesOf(row);
  }
}
