import { Module } from '@nestjs/common';
import { ActionIngestClient } from '../asking/action-ingest.client';
import { ImportChangeService } from './import-change.service';
import { ActionUploadFieldsResolver, ImportResolver } from './import.resolver';
import { ImportService } from './import.service';

/** Files of actions (docs/import.md). Needs the global modules of messaging, which must send requests, and of the object store. */
@Module({
  providers: [ActionIngestClient, ImportService, ImportChangeService, ImportResolver, ActionUploadFieldsResolver],
})
export class ImportsModule {}
