import { Global, Module, type FactoryProvider } from '@nestjs/common';
import { Database, OutboxRepository } from '@groundswell/persistence';
import { ExternalAccounts } from '../accounts/external-accounts';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG, GATEWAY_LOGGER, type GatewayLogger } from '../http/runtime.module';
import { RateLimiter } from '../rate-limits/rate-limiter';
import { RateLimitsModule } from '../rate-limits/rate-limits.module';
import { Authenticator } from './authenticator';
import { CredentialRepository } from './credential.repository';
import { parseClaimPath } from './jwt/claim-path';
import { JwksKeys } from './jwt/jwks-keys';
import type { IdentityClaims } from './jwt/jwt-identity';
import { JwtVerifier } from './jwt/jwt-verifier';
import { PasswordLogin } from './password-login';
import { PasswordWork } from './password-work';
import { RequestAuthenticator } from './request-authenticator';
import { TokenUse } from './token-use';

/** Tests start without a whole configuration. */
type Config = Partial<GatewayConfig>;

const jwtVerifier: FactoryProvider = {
  provide: JwtVerifier,
  inject: [GATEWAY_CONFIG, GATEWAY_LOGGER],
  useFactory: (config: Config, logger: GatewayLogger) => {
    const keys = config.JWKS_URL === undefined ? null : new JwksKeys(config.JWKS_URL, logger);
    // Nobody waits for it here: what is not there yet is fetched when it is asked for.
    void keys?.fetch();
    const { JWT_SECRET: secret, JWT_ISSUER: issuers = [], JWT_AUDIENCE: audiences = [] } = config;
    return new JwtVerifier({ secret, keys, issuers, audiences });
  },
};

const externalAccounts: FactoryProvider = {
  provide: ExternalAccounts,
  inject: [Database, PasswordWork, GATEWAY_CONFIG],
  useFactory: (database: Database, work: PasswordWork, { ORG_NAME = 'instance' }: Config) =>
    new ExternalAccounts(database, new OutboxRepository('catalog'), work, ORG_NAME),
};

const authenticator: FactoryProvider = {
  provide: RequestAuthenticator,
  inject: [CredentialRepository, TokenUse, PasswordLogin, JwtVerifier, ExternalAccounts, GATEWAY_CONFIG],
  useFactory: (
    credentials: CredentialRepository,
    tokenUse: TokenUse,
    passwords: PasswordLogin,
    jwt: JwtVerifier,
    accounts: ExternalAccounts,
    config: Config,
  ) =>
    new Authenticator({ credentials, tokenUse, passwords, jwt, claims: claimsOf(config), externalAccounts: accounts }),
};

const claimsOf = (config: Config): IdentityClaims => ({
  email: (config.JWT_EMAIL ?? ['email']).map(parseClaimPath),
  isVerified: (config.JWT_EMAIL_VERIFIED ?? ['user_metadata.email_verified']).map(parseClaimPath),
  allowsUnverified: config.ALLOW_UNVERIFIED_EMAIL !== undefined,
});

/** Who is calling. Needs Database and the logger, both from global modules. */
@Global()
@Module({
  imports: [RateLimitsModule],
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
    { provide: PasswordWork, useFactory: () => new PasswordWork() },
    {
      provide: PasswordLogin,
      inject: [CredentialRepository, PasswordWork, RateLimiter],
      useFactory: (...parts: ConstructorParameters<typeof PasswordLogin>) => new PasswordLogin(...parts),
    },
    jwtVerifier,
    externalAccounts,
    authenticator,
  ],
  exports: [RequestAuthenticator, PasswordLogin, PasswordWork],
})
export class AuthModule {}
