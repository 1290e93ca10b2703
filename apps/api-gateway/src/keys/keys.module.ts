import { Module } from '@nestjs/common';
import { KeyResolver } from './key.resolver';
import { KeyService } from './key.service';

/** Keys personal data is encrypted for. */
@Module({ providers: [KeyService, KeyResolver], exports: [KeyService] })
export class KeysModule {}
