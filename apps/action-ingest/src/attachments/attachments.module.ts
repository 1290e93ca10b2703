import { Module, type DynamicModule } from '@nestjs/common';
import { AttachmentIntake } from './attachment-intake';
import { attachmentsSettings, type AttachmentsSettings } from './attachments-settings';
import { RemoveObjectsHandler } from './remove-objects.handler';
import { ScanAttachmentHandler } from './scan-attachment.handler';
import { SweepQuarantineHandler } from './sweep-quarantine.handler';

/** Files that come with actions: kept by name, looked at, moved, removed. Needs the global ObjectStoreModule and EnrichingModule. */
@Module({})
export class AttachmentsModule {
  static forRoot(settings: AttachmentsSettings): DynamicModule {
    return {
      module: AttachmentsModule,
      global: true,
      providers: [
        { provide: attachmentsSettings, useValue: settings },
        AttachmentIntake,
        ScanAttachmentHandler,
        SweepQuarantineHandler,
        RemoveObjectsHandler,
      ],
      exports: [AttachmentIntake],
    };
  }
}
