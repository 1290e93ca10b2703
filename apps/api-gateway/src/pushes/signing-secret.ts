import { randomBytes } from 'node:crypto';

const secretBytes = 32;

/** A new secret in the form of Standard Webhooks. */
export const newSigningSecret = (): string => `whsec_${randomBytes(secretBytes).toString('base64')}`;
