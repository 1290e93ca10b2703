import { hashApiToken, verifyAgainstNothing, verifyPassword } from '@groundswell/crypto';
import { DatabaseAwayError } from '@groundswell/persistence';
import { unavailable } from '../api/api-error';
import { RefusedRequest } from '../graphql/requests/refused-request';
import type { Viewer } from './access';
import type { CredentialRepository, TokenHolder } from './credential.repository';
import { readCredentials } from './credentials';
import { RequestAuthenticator } from './request-authenticator';
import { TokenMemory } from './token-memory';
import type { TokenUse } from './token-use';
import { WorkGate } from './work-gate';

const retrySeconds = 5;
/** A check takes a quarter of a second of this one core, in slices: more at once would only starve signing. */
const passwordChecks = { atOnce: 1, waiting: 20 };

const refuse = (message: string): RefusedRequest => new RefusedRequest(401, message, 'unauthorized');

/** Password and API token against Postgres (graphql-api.md §1.8). JSON web tokens are not taken. */
export class Authenticator extends RequestAuthenticator {
  private readonly memory = new TokenMemory();
  private readonly gate = new WorkGate(passwordChecks.atOnce, passwordChecks.waiting, () => unavailable(retrySeconds));

  constructor(
    private readonly credentials: CredentialRepository,
    private readonly tokenUse: TokenUse,
  ) {
    super();
  }

  async viewerOf(authorization: string): Promise<Viewer | null> {
    const offered = readCredentials(authorization);
    if (!offered) return null;
    try {
      switch (offered.kind) {
        case 'password':
          return await this.byPassword(offered.email, offered.password);
        case 'apiToken':
          return await this.byApiToken(offered.token);
        case 'jwt':
          throw refuse('Cannot verify JWT token. This server takes API tokens and Basic credentials only');
        case 'malformed':
          throw new RefusedRequest(400, 'Malformed Basic auth header', 'unauthorized');
      }
    } catch (error) {
      throw error instanceof DatabaseAwayError ? unavailable(retrySeconds, error) : error;
    }
  }

  forgetUser(userId: number): void {
    this.memory.forgetUser(userId);
  }

  /** An unknown user costs as much time as a wrong password. */
  private async byPassword(email: string, password: string): Promise<Viewer> {
    const stored = await this.credentials.findPassword(email);
    const isRight = await this.gate.run(() =>
      stored ? verifyPassword(password, stored.hashedPassword) : verifyAgainstNothing(password),
    );
    if (!stored || !isRight) throw refuse('Can not authenticate with these Basic HTTP credentials');
    return stored.viewer;
  }

  private async byApiToken(token: string): Promise<Viewer> {
    const hash = hashApiToken(token);
    if (!hash) throw refuse('Cannot verify token');
    const key = hash.toString('base64');
    const holder = this.memory.recall(key) ?? (await this.lookUp(hash, key));
    this.tokenUse.note(holder.tokenId);
    return holder.viewer;
  }

  private async lookUp(hash: Buffer, key: string): Promise<TokenHolder> {
    const holder = await this.credentials.findTokenHolder(hash);
    if (!holder) throw refuse('Cannot verify token');
    this.memory.keep(key, holder);
    return holder;
  }
}
