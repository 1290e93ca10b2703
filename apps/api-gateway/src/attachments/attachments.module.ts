import { Module } from '@nestjs/common';
import { AttachmentResolver } from './attachment.resolver';
import { AttachmentService } from './attachment.service';
import { UploadService } from './upload.service';

/** Files that come with actions, and files of actions: where they are sent, and what became of them (docs/uploads.md). Needs the
 *  global module of the object store. */
@Module({ providers: [UploadService, AttachmentService, AttachmentResolver] })
export class AttachmentsModule {}
