import { z } from 'zod';
import { milliseconds, secret, url } from '@groundswell/config';

/** Variables of an app that keeps objects; all of them absent means that there is no object store. */
export const objectStoreVariables = () => ({
  /** Base address of an S3-compatible service; left out for Amazon's own. */
  OBJECT_STORE_ENDPOINT: url(['http', 'https']).optional(),
  OBJECT_STORE_REGION: z.string().default('us-east-1'),
  OBJECT_STORE_BUCKET: z.string().optional(),
  OBJECT_STORE_ACCESS_KEY_ID: z.string().optional(),
  OBJECT_STORE_SECRET_ACCESS_KEY: secret().optional(),
  /** Base address in pre-signed links, where browsers reach the service by another name than we do. */
  OBJECT_STORE_PUBLIC_ENDPOINT: url(['http', 'https']).optional(),
  /** Longest for one call, ms: a part of 8 MiB written, 4 MiB read. */
  OBJECT_STORE_TIMEOUT_MS: milliseconds(60_000),
});

export interface ObjectStoreConfig {
  OBJECT_STORE_ENDPOINT?: string;
  OBJECT_STORE_REGION: string;
  OBJECT_STORE_BUCKET?: string;
  OBJECT_STORE_ACCESS_KEY_ID?: string;
  OBJECT_STORE_SECRET_ACCESS_KEY?: string;
  OBJECT_STORE_PUBLIC_ENDPOINT?: string;
  OBJECT_STORE_TIMEOUT_MS: number;
}

export interface ObjectStoreSettings {
  /** Null for Amazon's own. */
  endpoint: string | null;
  publicEndpoint: string | null;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  timeoutMs: number;
}

/** Null where none is configured; half a configuration is a mistake that ends the start. */
export function objectStoreSettings(config: ObjectStoreConfig): ObjectStoreSettings | null {
  const bucket = config.OBJECT_STORE_BUCKET;
  const accessKeyId = config.OBJECT_STORE_ACCESS_KEY_ID;
  const secretAccessKey = config.OBJECT_STORE_SECRET_ACCESS_KEY;
  const endpoint = config.OBJECT_STORE_ENDPOINT ?? null;
  if (!bucket && !accessKeyId && !secretAccessKey && !endpoint) return null;
  if (!bucket || !accessKeyId || !secretAccessKey) {
    throw new Error(
      'an object store needs OBJECT_STORE_BUCKET, OBJECT_STORE_ACCESS_KEY_ID and OBJECT_STORE_SECRET_ACCESS_KEY',
    );
  }
  return {
    endpoint,
    publicEndpoint: config.OBJECT_STORE_PUBLIC_ENDPOINT ?? endpoint,
    region: config.OBJECT_STORE_REGION,
    bucket,
    accessKeyId,
    secretAccessKey,
    timeoutMs: config.OBJECT_STORE_TIMEOUT_MS,
  };
}
