import type { IngestConfig } from '../config';

/** Where actions are enriched, and by whose account. */
export interface EnrichmentSettings {
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Origin of a server that is asked instead of AWS. */
  origin?: string;
  /** S3 bucket of the attachments, as Transcribe reads it; null: voice is not transcribed. */
  mediaBucket: string | null;
  /** Begins the names of transcriptions; differs between installations that share an account. */
  jobPrefix: string;
  /** Of one call. */
  callTimeoutMs: number;
  /** Until a transcription is first asked after; doubles up to twenty times that. */
  pollMs: number;
  /** After which a transcription is given up. */
  timeoutMs: number;
}

/** EnrichmentSettings, or null: nothing is enriched. */
export const enrichmentSettings = Symbol('enrichment settings');

export class EnrichmentSettingsError extends Error {
  readonly code = 'enrichment.settings';

  constructor() {
    super('ENRICHMENT_REGION, ENRICHMENT_ACCESS_KEY_ID and ENRICHMENT_SECRET_ACCESS_KEY go together');
    this.name = 'EnrichmentSettingsError';
  }
}

/** Null when no account is given. Throws when it is given in part. */
export function enrichmentSettingsOf(config: IngestConfig): EnrichmentSettings | null {
  const account = [config.ENRICHMENT_REGION, config.ENRICHMENT_ACCESS_KEY_ID, config.ENRICHMENT_SECRET_ACCESS_KEY];
  if (account.every((one) => !one)) return null;
  const [region, accessKeyId, secretAccessKey] = account;
  if (!region || !accessKeyId || !secretAccessKey) throw new EnrichmentSettingsError();
  return {
    region,
    accessKeyId,
    secretAccessKey,
    ...(config.ENRICHMENT_ORIGIN ? { origin: config.ENRICHMENT_ORIGIN } : {}),
    mediaBucket: config.ENRICHMENT_MEDIA_BUCKET ?? null,
    jobPrefix: config.ENRICHMENT_JOB_PREFIX,
    callTimeoutMs: config.ENRICHMENT_CALL_TIMEOUT_MS,
    pollMs: config.ENRICHMENT_POLL_MS,
    timeoutMs: config.ENRICHMENT_TIMEOUT_MS,
  };
}
