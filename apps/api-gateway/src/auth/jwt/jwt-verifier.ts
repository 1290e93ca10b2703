import jsonwebtoken from 'jsonwebtoken';
import type { Algorithm, JwtPayload } from 'jsonwebtoken';
import passport from 'passport';
import passportJwt from 'passport-jwt';
import type { StrategyOptionsWithoutRequest } from 'passport-jwt';
import { RefusedRequest } from '../../graphql/requests/refused-request';
import type { JwksKeys } from './jwks-keys';

/** Each kind of key with the algorithms it may be used by: a public key never checks an HMAC. */
const secretAlgorithms: Algorithm[] = ['HS256', 'HS384', 'HS512'];
const publicKeyAlgorithms: Algorithm[] = ['RS256', 'RS384', 'RS512'];

/** Bytes; far more than any provider sends, far less than would cost anything to check. */
const longestToken = 8_192;

export interface JwtVerifierOptions {
  /** JWT_SECRET */
  secret: string | undefined;
  keys: Pick<JwksKeys, 'publicKey'> | null;
  /** JWT_ISSUER, JWT_AUDIENCE: any one of them; not checked when empty. */
  issuers: string[];
  audiences: string[];
}

type StrategyName = 'secret' | 'publicKey';

/** Signature, times, issuer and audience of a JSON web token (graphql-api.md §1.8). */
export class JwtVerifier {
  private readonly passport = new passport.Passport();
  private readonly names = new Map<string, StrategyName>();

  constructor({ secret, keys, issuers, audiences }: JwtVerifierOptions) {
    const shared = {
      jwtFromRequest: passportJwt.ExtractJwt.fromAuthHeaderAsBearerToken(),
      ...(issuers.length > 0 ? { issuer: issuers } : {}),
      ...(audiences.length > 0 ? { audience: audiences } : {}),
    };
    if (secret) {
      this.use('secret', secretAlgorithms, { ...shared, secretOrKey: secret } as StrategyOptionsWithoutRequest);
    }
    if (!keys) return;
    const secretOrKeyProvider = (_request: unknown, token: string, done: (error: unknown, key?: string) => void) => {
      keys.publicKey(headerOf(token)?.kid).then(
        (key) => (key === null ? done(new Error('unknown key')) : done(null, key)),
        (error: unknown) => done(error),
      );
    };
    this.use('publicKey', publicKeyAlgorithms, { ...shared, secretOrKeyProvider } as StrategyOptionsWithoutRequest);
  }

  /** Throws RefusedRequest (401). */
  async verify(token: string): Promise<JwtPayload> {
    if (token.length > longestToken) throw cannotVerify('token too long');
    const name = this.names.get(headerOf(token)?.alg ?? '');
    if (!name) throw cannotVerify('algorithm not accepted');
    const claims = await this.authenticate(name, token);
    // `exp` that is there is checked already.
    if (typeof claims.exp !== 'number') throw cannotVerify('exp is missing');
    return claims;
  }

  private use(name: StrategyName, algorithms: Algorithm[], options: StrategyOptionsWithoutRequest): void {
    const accept = (claims: JwtPayload, done: (error: null, user: JwtPayload) => void) => done(null, claims);
    this.passport.use(name, new passportJwt.Strategy({ ...options, algorithms }, accept));
    for (const algorithm of algorithms) this.names.set(algorithm, name);
  }

  private authenticate(name: StrategyName, token: string): Promise<JwtPayload> {
    const request = { headers: { authorization: `Bearer ${token}` } };
    return new Promise((resolve, reject) => {
      const decide = (error: unknown, claims: JwtPayload | false, reason: unknown): void => {
        if (claims) resolve(claims);
        else reject(error instanceof Error ? error : refusalFor(reason));
      };
      const run = this.passport.authenticate(name, { session: false }, decide) as (
        request: object,
        response: object,
        next: (error: unknown) => void,
      ) => void;
      run(request, {}, reject);
    });
  }
}

const headerOf = (token: string): { alg?: string; kid?: string } | null => {
  const header = decodeHeader(token);
  if (!header) return null;
  const { alg, kid } = header as { alg?: unknown; kid?: unknown };
  return {
    ...(typeof alg === 'string' ? { alg } : {}),
    ...(typeof kid === 'string' ? { kid } : {}),
  };
};

const decodeHeader = (token: string): object | null => {
  try {
    return jsonwebtoken.decode(token, { complete: true })?.header ?? null;
  } catch {
    // A header that is no JSON.
    return null;
  }
};

const cannotVerify = (reason: string): RefusedRequest =>
  new RefusedRequest(401, `Cannot verify JWT token. ${reason}`, 'unauthorized');

const refusalFor = (reason: unknown): RefusedRequest => {
  if (reason instanceof jsonwebtoken.TokenExpiredError) return new RefusedRequest(401, 'JWT expired', 'unauthorized');
  return cannotVerify(reason instanceof Error ? reason.message : 'not accepted');
};
