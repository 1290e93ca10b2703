import { Global, Module } from '@nestjs/common';
import { Database } from '@groundswell/persistence';
import { GATEWAY_LOGGER } from '../http/runtime.module';
import { Authenticator } from './authenticator';
import { CredentialRepository } from './credential.repository';
import { RequestAuthenticator } from './request-authenticator';
import { TokenUse } from './token-use';

/** Who is calling. Needs Database and the logger, both from global modules. */
@Global()
@Module({
  providers: [
    {
      provide: CredentialRepository,
      inject: [Database],
      useFactory: (database: Database) => new CredentialRepository(database),
    },
    {
      provide: TokenUse,
      inject: [CredentialRepository, GATEWAY_LOGGER],
      useFactory: (...parts: ConstructorParameters<typeof TokenUse>) => new TokenUse(...parts),
    },
    {
      provide: RequestAuthenticator,
      inject: [CredentialRepository, TokenUse],
      useFactory: (...parts: ConstructorParameters<typeof Authenticator>) => new Authenticator(...parts),
    },
  ],
  exports: [RequestAuthenticator],
})
export class AuthModule {}
