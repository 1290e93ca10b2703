import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { viewFields, type ActionView } from './action.view';
import { ContactReportService } from './contact-report.service';
import type { ExportArguments } from './export-criteria';
import { ExportService } from './export.service';

@Resolver('Action')
export class ExportResolver {
  constructor(
    private readonly exports: ExportService,
    private readonly reports: ContactReportService,
  ) {}

  @Query('actions')
  actions(@Args() args: ExportArguments, @Context() { viewer }: RequestContext) {
    return this.exports.list(viewer, 'actions', args);
  }

  @Query('exportActions')
  exportActions(@Args() args: ExportArguments, @Context() { viewer }: RequestContext) {
    return this.exports.list(viewer, 'actions', args);
  }

  @Query('contacts')
  contacts(@Args() args: ExportArguments, @Context() { viewer }: RequestContext) {
    return this.exports.list(viewer, 'contacts', args);
  }

  @Query('exportContact')
  exportContact(
    @Args() { orgName, contactRef }: { orgName: string; contactRef: string },
    @Context() { viewer }: RequestContext,
  ) {
    return this.reports.report(viewer, orgName, contactRef);
  }

  @ResolveField('fields')
  fields(@Parent() { customFields }: ActionView) {
    return viewFields(customFields);
  }
}
