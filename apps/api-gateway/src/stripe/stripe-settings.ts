/** What the Stripe client needs of the configuration. */
export interface StripeSettings {
  /** STRIPE_API_URL: an origin. */
  apiUrl: string;
  /** How long one attempt may take, ms. */
  timeoutMs: number;
}

export const STRIPE_SETTINGS = Symbol('StripeSettings');

/** One attempt; there are two at most. */
export const stripeTimeoutMs = 10_000;
