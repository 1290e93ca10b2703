import { Module } from '@nestjs/common';
import { DeletionResolver } from './deletion.resolver';
import { DeletionService } from './deletion.service';

/** Deleting pages, campaigns and orgs, which is to mark them. */
@Module({ providers: [DeletionService, DeletionResolver] })
export class DeletionModule {}
