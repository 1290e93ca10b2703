import type Stripe from 'stripe';
import { ApiError } from '../api/api-error';
import type { StripeSettings } from './stripe-settings';

/** An object of Stripe as its API gives it. */
export interface StripeObject extends Record<string, unknown> {
  id: string;
}

export type StripeParameters = Readonly<Record<string, unknown>>;

const paths = {
  customer: '/v1/customers',
  price: '/v1/prices',
  subscription: '/v1/subscriptions',
  paymentIntent: '/v1/payment_intents',
} as const;
export type StripeKind = keyof typeof paths;

/** The last version in which an invoice has the `payment_intent` that widgets read. */
const apiVersion = '2025-02-24.acacia';

/** Attempts after the first, of the same request under the same idempotency key. */
const retries = 1;

const credentialsRefused = 'Stripe does not accept the credentials of this organisation';

/** What of Stripe's error callers get beside its code. */
const shownInfo = [
  'type',
  'param',
  'decline_code',
  'network_decline_code',
  'advice_code',
  'charge',
  'doc_url',
] as const;

/** Loaded with the first payment: 200 modules, which an installation without donations never needs. */
const loadStripe = async (): Promise<typeof Stripe> => (await import('stripe')).default;

/** Stripe's API in the name of one org. */
export class StripeClient {
  private client: Stripe | undefined;

  constructor(
    private readonly secret: string,
    private readonly settings: StripeSettings,
  ) {}

  /** Throws ApiError for whatever Stripe refuses, and when it cannot be asked. */
  async create(kind: StripeKind, parameters: StripeParameters): Promise<StripeObject> {
    const Library = await loadStripe();
    this.client ??= new Library(this.secret, configOf(this.settings));
    try {
      return (await this.client.rawRequest('POST', paths[kind], { ...parameters }, { apiVersion })) as StripeObject;
    } catch (error) {
      throw error instanceof Library.errors.StripeError ? apiErrorOf(error, Library.errors) : error;
    }
  }
}

function configOf({ apiUrl, timeoutMs }: StripeSettings): Stripe.StripeConfig {
  const { protocol, hostname, port } = new URL(apiUrl);
  return {
    protocol: protocol === 'http:' ? 'http' : 'https',
    host: hostname,
    port: port || (protocol === 'http:' ? 80 : 443),
    timeout: timeoutMs,
    maxNetworkRetries: retries,
    telemetry: false,
  };
}

type StripeErrors = typeof Stripe.errors;

/** Stripe's own code and words (graphql-api.md §1.5), but for what tells about the org's key or the network. */
function apiErrorOf(
  error: InstanceType<StripeErrors['StripeError']>,
  { StripeConnectionError, StripeAuthenticationError, StripePermissionError }: StripeErrors,
): ApiError {
  if (error instanceof StripeConnectionError) {
    return stripeError('api_connection_error', 'Stripe cannot be reached, please retry', {}, error);
  }
  if (error instanceof StripeAuthenticationError || error instanceof StripePermissionError) {
    return stripeError('authentication_error', credentialsRefused, {}, error);
  }
  const raw = error.raw as Record<string, unknown>;
  const info = Object.fromEntries(shownInfo.flatMap((key) => (typeof raw[key] === 'string' ? [[key, raw[key]]] : [])));
  const code = error.code ?? error.rawType ?? 'api_error';
  return stripeError(code, error.message, { ...info, http_status: error.statusCode }, error);
}

const stripeError = (code: string, message: string, info: Record<string, unknown>, cause: Error): ApiError =>
  new ApiError(null, message, { ...info, code }, { cause });
