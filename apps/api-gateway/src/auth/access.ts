import type { CaptchaOffer } from '../captcha/captcha-offer';

/** Who is calling: an authenticated user, or nobody. */
export interface Viewer {
  userId: number;
  email: string;
  /** Instance-wide bits (graphql-api.md §2.1). */
  perms: number;
}

/** The viewer's membership in the org that a root field is about. */
export interface Membership {
  staffId: number;
  orgId: number;
  perms: number;
}

/** What a root field found out about its caller; nested fields of that root field decide by it (graphql-api.md §2.3). */
export interface Access {
  viewer: Viewer | null;
  membership: Membership | null;
}

export const anonymous: Access = { viewer: null, membership: null };

/** What one GraphQL request carries. A batch makes one per element. */
export interface RequestContext {
  viewer: Viewer | null;
  /** `referer` header, as sent. */
  referer: string | null;
  /** `idempotency-key` header; `#<index>` is appended for the elements of a batch. */
  idempotencyKey: string | null;
  /** `extensions` of the request. */
  captcha?: CaptchaOffer | null;
  requestId: string;
  ip: string;
  /** Set by a resolver: becomes header Retry-After of the answer. */
  retryAfterSeconds?: number;
}
