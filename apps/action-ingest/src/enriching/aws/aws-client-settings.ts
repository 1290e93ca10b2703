import type { AwsRequestHandler } from '@groundswell/http';
import type { EnrichmentSettings } from '../enrichment-settings';

/** What every client of the SDK is made with. Our jobs retry, not the SDK. */
export const awsClientSettings = (
  { region, accessKeyId, secretAccessKey, origin }: EnrichmentSettings,
  requestHandler: AwsRequestHandler,
) => ({
  region,
  credentials: { accessKeyId, secretAccessKey },
  maxAttempts: 1,
  requestHandler,
  ...(origin ? { endpoint: origin } : {}),
});

export type AwsClientSettings = ReturnType<typeof awsClientSettings>;

/** Made once, with the first use: the SDK is large, and loaded then. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}
