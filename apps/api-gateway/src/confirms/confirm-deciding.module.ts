import { Module } from '@nestjs/common';
import { ConfirmDecisions } from './confirm-decisions';

/** Accepting and rejecting. Needs the global CatalogueModule only. */
@Module({ providers: [ConfirmDecisions], exports: [ConfirmDecisions] })
export class ConfirmDecidingModule {}
