import type { IngestConfig } from '../config';

/** An operator's own scanner, asked about every file. */
export interface ScanHookSettings {
  url: string;
  token: string | null;
  timeoutMs: number;
}

export interface AttachmentsSettings {
  /** Null: files are told by how they begin, and nobody else looks at them. */
  scanHook: ScanHookSettings | null;
}

export const attachmentsSettings = Symbol('attachments settings');

export const attachmentsSettingsOf = (config: IngestConfig): AttachmentsSettings => ({
  scanHook: config.ATTACHMENT_SCAN_URL
    ? {
        url: config.ATTACHMENT_SCAN_URL,
        token: config.ATTACHMENT_SCAN_TOKEN ?? null,
        timeoutMs: config.ATTACHMENT_SCAN_TIMEOUT_MS,
      }
    : null,
});
