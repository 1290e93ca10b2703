import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretEnvelope } from '@groundswell/crypto';

export interface SecretHolder {
  id: number;
  webhookGeneration: number;
}

export interface WebhookCredentials {
  serviceId: number;
  secret: string;
}

const token = /^(\d{1,15})-([A-Za-z0-9_-]{43})$/;
const basic = /^basic\s+([A-Za-z0-9+/]+={0,2})$/i;

/** Secrets of the webhooks of services, made from the envelope key: none is stored. A new envelope key goes before the old
 *  one, and old secrets hold until that is dropped. */
export class WebhookSecrets {
  private readonly keys: readonly Buffer[];

  constructor(envelope: Pick<SecretEnvelope, 'derivedKeys'>) {
    this.keys = envelope.derivedKeys('webhook secret');
  }

  /** Last part of the path: the service's id and its secret, which are also user and password of Basic. */
  tokenOf(service: SecretHolder): string {
    return `${service.id}-${secretBy(this.keys[0]!, service).toString('base64url')}`;
  }

  /** Takes as long for any secret. */
  isSecretOf(service: SecretHolder, given: string): boolean {
    const bytes = Buffer.from(given, 'base64url');
    const matches = this.keys.map((key) => {
      const secret = secretBy(key, service);
      return bytes.length === secret.length && timingSafeEqual(bytes, secret);
    });
    return matches.includes(true);
  }
}

const secretBy = (key: Buffer, { id, webhookGeneration }: SecretHolder): Buffer =>
  createHmac('sha256', key).update(`${id}:${webhookGeneration}`).digest();

/** Of the path, else of an `Authorization: Basic` header; null where neither has the form of ours. */
export function readWebhookCredentials(
  pathToken: string | undefined,
  authorization: string | undefined,
): WebhookCredentials | null {
  if (pathToken !== undefined) return credentialsIn(pathToken);
  const encoded = basic.exec(authorization?.trim() ?? '')?.[1];
  return encoded === undefined
    ? null
    : credentialsIn(Buffer.from(encoded, 'base64').toString('latin1').replace(':', '-'));
}

const credentialsIn = (text: string): WebhookCredentials | null => {
  const [, serviceId, secret] = token.exec(text) ?? [];
  return serviceId === undefined || secret === undefined ? null : { serviceId: Number(serviceId), secret };
};
