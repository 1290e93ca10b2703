import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { AttachmentService } from './attachment.service';
import type { UploadInput } from './upload-input';
import { UploadService } from './upload.service';

@Resolver()
export class AttachmentResolver {
  constructor(
    private readonly uploads: UploadService,
    private readonly attachments: AttachmentService,
  ) {}

  @Mutation('requestUpload')
  requestUpload(@Args() { actionPageId, ...input }: UploadInput & { actionPageId: number }) {
    return this.uploads.forAction(actionPageId, input);
  }

  @Mutation('requestActionsUpload')
  requestActionsUpload(
    @Args() { orgName, ...input }: UploadInput & { orgName: string },
    @Context() { viewer }: RequestContext,
  ) {
    return this.uploads.forImport(viewer, orgName, input);
  }

  @Query('attachments')
  listAttachments(
    @Args() { orgName, actionId }: { orgName: string; actionId: number },
    @Context() { viewer }: RequestContext,
  ) {
    return this.attachments.ofAction(viewer, orgName, actionId);
  }
}
