import type { Viewer } from './access';

/** Reads `Authorization` headers. */
export abstract class RequestAuthenticator {
  /** Null: the header is of a shape nobody claims, so the request is anonymous. Throws RefusedRequest (400, 401) for
   *  bad credentials, TooManyRequestsError for passwords tried too often (by account and, where `address` is given, by
   *  network address), and ApiError `unavailable`. */
  abstract viewerOf(authorization: string, address?: string): Promise<Viewer | null>;

  /** To call when a user's token or bits changed: what is remembered of them ends now. */
  abstract forgetUser(userId: number): void;
}
