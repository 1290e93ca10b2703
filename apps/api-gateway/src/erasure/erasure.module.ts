import { Module } from '@nestjs/common';
import { ErasureResolver } from './erasure.resolver';
import { ErasureService } from './erasure.service';

/** Erasing persons. Needs the global AcceptingModule. */
@Module({ providers: [ErasureService, ErasureResolver] })
export class ErasureModule {}
