import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { PageSelection } from '../mails/page-selection';
import { ImportChangeService } from './import-change.service';
import type { ImportActionsInput } from './import-input';
import { ImportService } from './import.service';
import type { UploadView } from './upload-view';

interface OneUpload {
  orgName: string;
  id: string;
}

@Resolver()
export class ImportResolver {
  constructor(
    private readonly service: ImportService,
    private readonly changes: ImportChangeService,
  ) {}

  @Query('actionUploads')
  actionUploads(
    @Args() { orgName, ...page }: PageSelection & { orgName: string },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.list(viewer, orgName, page);
  }

  @Query('actionUpload')
  actionUpload(@Args() { orgName, id }: OneUpload, @Context() { viewer }: RequestContext) {
    return this.service.find(viewer, orgName, id);
  }

  @Query('actionUploadErrors')
  actionUploadErrors(
    @Args() { orgName, id, ...page }: PageSelection & OneUpload,
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.errors(viewer, orgName, id, page);
  }

  @Query('lateReferences')
  lateReferences(
    @Args() { orgName, state, ...page }: PageSelection & { orgName: string; state?: string | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.lateReferences(viewer, orgName, state ?? null, page);
  }

  @Mutation('importActions')
  importActions(
    @Args() { orgName, input }: { orgName: string; input: ImportActionsInput },
    @Context() { viewer }: RequestContext,
  ) {
    return this.changes.begin(viewer, orgName, input);
  }

  @Mutation('cancelActionUpload')
  cancelActionUpload(@Args() { orgName, id }: OneUpload, @Context() { viewer }: RequestContext) {
    return this.changes.cancel(viewer, orgName, id);
  }
}

@Resolver('ActionUpload')
export class ActionUploadFieldsResolver {
  constructor(private readonly service: ImportService) {}

  @ResolveField('errorsUrl')
  errorsUrl(@Parent() upload: UploadView) {
    return this.service.errorsUrlOf(upload);
  }
}
