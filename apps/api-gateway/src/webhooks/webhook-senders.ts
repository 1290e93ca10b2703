import { maxWebhookBytes, type MailWebhookV1 } from '@groundswell/contracts';
import type { Catalogue } from '@groundswell/persistence';
import { addressKey } from '../rate-limits/address-key';
import type { RateLimiter } from '../rate-limits/rate-limiter';
import { WebhookRefusal } from './webhook-refusal';
import { readWebhookCredentials, type WebhookSecrets } from './webhook-secrets';

export const webhookProviders = ['mailjet', 'brevo', 'ses'] as const;
export type WebhookProvider = (typeof webhookProviders)[number] & MailWebhookV1['provider'];

export const isWebhookProvider = (name: string): name is WebhookProvider =>
  webhookProviders.some((provider) => provider === name);

/** Who sends a webhook call. */
export interface WebhookSender {
  provider: WebhookProvider;
  /** Null on the bare path. */
  serviceId: number | null;
}

export interface WebhookCall {
  provider: string;
  token: string | undefined;
  authorization: string | undefined;
  /** Bytes the client announced. */
  contentLength: number;
  ip: string;
}

export interface WebhookSendersOptions {
  catalogue: Pick<Catalogue, 'services'>;
  secrets: WebhookSecrets;
  limiter: Pick<RateLimiter, 'consume'>;
  /** WEBHOOK_BARE_PATHS. */
  allowsBarePaths: boolean;
}

/** Tells by its credentials who makes a call, before its body is read. */
export class WebhookSenders {
  constructor(private readonly options: WebhookSendersOptions) {}

  /** Throws WebhookRefusal; and TooManyRequestsError for an address that was refused too often. Whoever has the right
   *  secret is never held up by that: providers call from the same addresses for everybody. */
  async identify(call: WebhookCall): Promise<WebhookSender> {
    const { provider } = call;
    if (!isWebhookProvider(provider)) throw await this.refused(call, new WebhookRefusal(404, 'no such webhook'));
    const sender = this.senderOf(provider, call);
    if (!sender) throw await this.refused(call, new WebhookRefusal(401, 'wrong or missing credentials'));
    if (call.contentLength > maxWebhookBytes) throw new WebhookRefusal(413, 'body too large');
    return sender;
  }

  private senderOf(provider: WebhookProvider, { token, authorization }: WebhookCall): WebhookSender | null {
    const { catalogue, secrets, allowsBarePaths } = this.options;
    if (token === undefined && authorization === undefined) {
      return allowsBarePaths && provider !== 'ses' ? { provider, serviceId: null } : null;
    }
    const credentials = readWebhookCredentials(token, authorization);
    if (!credentials) return null;
    const { serviceId, secret } = credentials;
    const service = catalogue.services.get(serviceId);
    const isRight = secrets.isSecretOf(service ?? { id: serviceId, webhookGeneration: 0 }, secret);
    return isRight && service?.name === provider ? { provider, serviceId } : null;
  }

  private async refused({ ip }: WebhookCall, refusal: WebhookRefusal): Promise<WebhookRefusal> {
    await this.options.limiter.consume('refusedWebhookByAddress', addressKey(ip));
    return refusal;
  }
}
