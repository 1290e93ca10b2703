import { Module } from '@nestjs/common';
import { ActionIngestClient } from '../asking/action-ingest.client';
import { ReferencesResolver } from './references.resolver';
import { ReferencesService } from './references.service';

/** References of supporters on another recipe. */
@Module({ providers: [ActionIngestClient, ReferencesService, ReferencesResolver] })
export class ReferencesModule {}
