import { AwsRequestHandler, HttpCaller } from '@groundswell/http';
import type { ObjectStore } from '@groundswell/object-store';
import type { Enrichers } from '../enricher';
import type { EnrichmentSettings } from '../enrichment-settings';
import { awsClientSettings } from './aws-client-settings';
import { AwsImageEnricher } from './aws-image.enricher';
import { AwsTextEnricher } from './aws-text.enricher';
import { AwsTranscriber } from './aws-transcriber';

/** Everything by one account of AWS. Nothing of the SDK is loaded before its first call. */
export function openAwsEnrichers(settings: EnrichmentSettings, store: ObjectStore | null): Enrichers {
  const { callTimeoutMs, origin, mediaBucket } = settings;
  const caller = new HttpCaller({
    userAgent: 'groundswell-enrichment',
    connectTimeoutMs: callTimeoutMs,
    timeoutMs: callTimeoutMs,
    // An origin is named by the operator.
    allowPrivate: origin !== undefined,
  });
  const client = awsClientSettings(settings, new AwsRequestHandler(caller));
  return {
    text: new AwsTextEnricher(client),
    images: new AwsImageEnricher(client, store),
    voice: new AwsTranscriber(client, caller, mediaBucket),
    close: () => caller.close(),
  };
}
