import { Module } from '@nestjs/common';
import { ExpireAccountTokensHandler, ExpireConfirmsHandler } from './expire.handlers';

/** Removes what has ended. Needs the global JobsModule. */
@Module({ providers: [ExpireConfirmsHandler, ExpireAccountTokensHandler] })
export class ExpiryModule {}
