import { randomBytes } from 'node:crypto';
import { LocalHttp, type LocalAnswer, type LocalRequest } from './local-http';

type Tree = { [key: string]: string | Tree };

export interface StripeCall {
  path: string;
  /** Form fields with their brackets. */
  form: Record<string, string>;
  key: string;
  idempotencyKey: string | undefined;
  version: string | undefined;
}

/** Parameters each call knows, by what stands before the first bracket. */
const known: Record<string, { prefix: string; object: string; parameters: string[]; required: string[] }> = {
  '/v1/customers': {
    prefix: 'cus',
    object: 'customer',
    parameters: [
      'name email phone description address shipping preferred_locales payment_method invoice_settings metadata',
    ],
    required: [],
  },
  '/v1/prices': {
    prefix: 'price',
    object: 'price',
    parameters: ['currency unit_amount recurring nickname product product_data metadata'],
    required: ['currency'],
  },
  '/v1/subscriptions': {
    prefix: 'sub',
    object: 'subscription',
    parameters: ['customer items payment_behavior payment_settings default_payment_method expand metadata description'],
    required: ['customer', 'items'],
  },
  '/v1/payment_intents': {
    prefix: 'pi',
    object: 'payment_intent',
    parameters: [
      'amount currency customer description receipt_email setup_future_usage payment_method payment_method_types metadata',
      'automatic_payment_methods shipping statement_descriptor statement_descriptor_suffix',
    ],
    required: ['amount', 'currency'],
  },
};

/** Stripe's API as far as donations need it: form-encoded bodies, bearer keys, idempotency keys, its shapes of errors.
 *  See https://docs.stripe.com/api. */
export class FakeStripe {
  readonly calls: StripeCall[] = [];
  /** Taken one after the other before anything else. */
  readonly next: LocalAnswer[] = [];
  private readonly keys = new Set(['sk_live_good', 'sk_test_good']);
  private readonly kept = new Map<string, LocalAnswer>();
  private http!: LocalHttp;

  static async start(): Promise<FakeStripe> {
    const stripe = new FakeStripe();
    stripe.http = await LocalHttp.start((request) => stripe.serve(request));
    return stripe;
  }

  get origin(): string {
    return this.http.origin;
  }

  /** Since the last time. */
  takeCalls(): StripeCall[] {
    return this.calls.splice(0);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private serve({ method, path, headers, body }: LocalRequest): LocalAnswer {
    const form = Object.fromEntries(new URLSearchParams(body));
    const key = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const idempotencyKey = headers['idempotency-key'] as string | undefined;
    this.calls.push({ path, form, key, idempotencyKey, version: headers['stripe-version'] as string | undefined });
    const scripted = this.next.shift();
    if (scripted) return scripted;
    if (!this.keys.has(key)) return refusal(401, { message: `Invalid API Key provided: ${key.slice(0, 8)}****` });
    const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
    const resource = method === 'POST' && isForm ? known[path] : undefined;
    if (!resource) return refusal(404, { message: `Unrecognized request URL (${method}: ${path}).` });
    const before = idempotencyKey && this.kept.get(idempotencyKey);
    if (before) return before;
    const answer = this.create(resource, treeOf(form), key.startsWith('sk_live_'));
    if (idempotencyKey) this.kept.set(idempotencyKey, answer);
    return answer;
  }

  private create(
    { prefix, object, parameters, required }: (typeof known)[string],
    given: Tree,
    livemode: boolean,
  ): LocalAnswer {
    const names = parameters.join(' ').split(' ');
    const unknown = Object.keys(given).find((name) => !names.includes(name));
    if (unknown) {
      return refusal(400, {
        code: 'parameter_unknown',
        param: unknown,
        message: `Received unknown parameter: ${unknown}`,
      });
    }
    const missing = required.find((name) => given[name] === undefined);
    if (missing) {
      return refusal(400, {
        code: 'parameter_missing',
        param: missing,
        message: `Missing required param: ${missing}.`,
      });
    }
    const id = `${prefix}_${randomBytes(12).toString('hex')}`;
    return { status: 200, body: { id, object, livemode, ...given, ...extrasOf(object, id, given) } };
  }
}

/** What Stripe adds, as far as widgets read it. */
function extrasOf(object: string, id: string, { expand, amount }: Tree): object {
  if (object === 'payment_intent') {
    return { client_secret: `${id}_secret`, status: 'requires_payment_method', amount: Number(amount) };
  }
  if (object !== 'subscription') return {};
  const isExpanded = Object.values(expand ?? {}).includes('latest_invoice.payment_intent');
  const intent = { id: 'pi_1', object: 'payment_intent', client_secret: 'pi_1_secret' };
  return {
    status: 'incomplete',
    latest_invoice: isExpanded ? { id: 'in_1', object: 'invoice', payment_intent: intent } : 'in_1',
  };
}

/** An error in Stripe's shape. */
export function refusal(status: number, error: object, headers: Record<string, string> = {}): LocalAnswer {
  const type = status === 402 ? 'card_error' : 'invalid_request_error';
  return { status, body: { error: { type, ...error } }, headers: { 'request-id': 'req_1', ...headers } };
}

/** `a[b][0]=c` as nested objects. */
function treeOf(form: Record<string, string>): Tree {
  const root: Tree = {};
  for (const [name, value] of Object.entries(form)) {
    const keys = name.split(/[[\]]+/).filter((key) => key !== '');
    const last = keys.pop()!;
    let at = root;
    for (const key of keys) at = (at[key] ??= {}) as Tree;
    at[last] = value;
  }
  return root;
}
