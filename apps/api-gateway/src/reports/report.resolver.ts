import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { PageSelection } from '../mails/page-selection';
import type { ReportInput } from './report-input';
import { ReportService } from './report.service';

interface OneReport {
  orgName: string;
  id: string;
}

@Resolver()
export class ReportResolver {
  constructor(private readonly service: ReportService) {}

  @Query('reports')
  reports(
    @Args() { orgName, ...selection }: PageSelection & { orgName: string },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.list(viewer, orgName, selection);
  }

  @Mutation('requestReport')
  requestReport(
    @Args() { orgName, input }: { orgName: string; input: ReportInput },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.request(viewer, orgName, input);
  }

  @Mutation('cancelReport')
  cancelReport(@Args() { orgName, id }: OneReport, @Context() { viewer }: RequestContext) {
    return this.service.cancel(viewer, orgName, id);
  }

  @Mutation('reportLink')
  reportLink(@Args() { orgName, id }: OneReport, @Context() { viewer }: RequestContext) {
    return this.service.link(viewer, orgName, id);
  }
}
