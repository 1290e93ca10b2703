import { hashApiToken } from '@groundswell/crypto';
import { DatabaseAwayError } from '@groundswell/persistence';
import type { ExternalAccounts } from '../accounts/external-accounts';
import { unavailable } from '../api/api-error';
import { RefusedRequest } from '../graphql/requests/refused-request';
import type { Viewer } from './access';
import type { CredentialRepository, TokenHolder } from './credential.repository';
import { readCredentials, type Credentials } from './credentials';
import { identityOf, type IdentityClaims } from './jwt/jwt-identity';
import type { JwtVerifier } from './jwt/jwt-verifier';
import type { PasswordLogin } from './password-login';
import { RequestAuthenticator } from './request-authenticator';
import { TokenMemory } from './token-memory';
import type { TokenUse } from './token-use';

const retrySeconds = 5;

const refuse = (message: string): RefusedRequest => new RefusedRequest(401, message, 'unauthorized');

export interface AuthenticatorParts {
  credentials: CredentialRepository;
  tokenUse: TokenUse;
  passwords: PasswordLogin;
  jwt: JwtVerifier;
  claims: IdentityClaims;
  externalAccounts: ExternalAccounts;
}

/** Passwords, API tokens and JSON web tokens in `Authorization` headers (graphql-api.md §1.8). */
export class Authenticator extends RequestAuthenticator {
  private readonly memory = new TokenMemory();

  constructor(private readonly parts: AuthenticatorParts) {
    super();
  }

  async viewerOf(authorization: string, address?: string): Promise<Viewer | null> {
    const offered = readCredentials(authorization);
    if (!offered) return null;
    try {
      return await this.viewerBy(offered, address ?? null);
    } catch (error) {
      throw error instanceof DatabaseAwayError ? unavailable(retrySeconds, error) : error;
    }
  }

  forgetUser(userId: number): void {
    this.memory.forgetUser(userId);
  }

  private viewerBy(offered: Credentials, address: string | null): Promise<Viewer> {
    switch (offered.kind) {
      case 'password':
        return this.byPassword(offered.email, offered.password, address);
      case 'apiToken':
        return this.byApiToken(offered.token);
      case 'jwt':
        return this.byJwt(offered.token);
      case 'malformed':
        throw new RefusedRequest(400, 'Malformed Basic auth header', 'unauthorized');
    }
  }

  private async byPassword(email: string, password: string, address: string | null): Promise<Viewer> {
    const viewer = await this.parts.passwords.logIn(email, password, address);
    if (!viewer) throw refuse('Can not authenticate with these Basic HTTP credentials');
    return viewer;
  }

  private async byApiToken(token: string): Promise<Viewer> {
    const hash = hashApiToken(token);
    if (!hash) throw refuse('Cannot verify token');
    const key = hash.toString('base64');
    const holder = this.memory.recall(key) ?? (await this.lookUp(hash, key));
    this.parts.tokenUse.note(holder.tokenId);
    return holder.viewer;
  }

  private async lookUp(hash: Buffer, key: string): Promise<TokenHolder> {
    const askedAt = this.memory.time();
    const holder = await this.parts.credentials.findTokenHolder(hash);
    if (!holder) throw refuse('Cannot verify token');
    this.memory.keep(key, holder, askedAt);
    return holder;
  }

  private async byJwt(token: string): Promise<Viewer> {
    const { jwt, claims, externalAccounts } = this.parts;
    const identity = identityOf(await jwt.verify(token), claims);
    const viewer = await externalAccounts.viewerFor(identity);
    if (!viewer) throw refuse('Cannot verify JWT token. the email belongs to another account');
    return viewer;
  }
}
