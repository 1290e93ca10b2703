import type { CleanAttachment } from './attachment.read-model';

/** What came of a call, and what it cost in units of its kind. */
export interface Enriched {
  result: object;
  units: number;
}

/** Where a transcription stands at the provider. `source`: what it was told to transcribe. */
export type Transcription =
  | { state: 'under way'; source: string }
  | { state: 'done'; source: string; transcriptUrl: string }
  | { state: 'failed'; source: string }
  | { state: 'unknown' };

/** Every call throws ProviderRefusal or ProviderFault, and nothing else. */
export interface TextEnricher {
  translate(text: string, into: string): Promise<Enriched>;
  detectSentiment(text: string): Promise<Enriched>;
}

export interface ImageEnricher {
  label(attachment: CleanAttachment): Promise<Enriched>;
}

export interface Transcriber {
  /** What the provider is told to transcribe. Throws ProviderRefusal where it cannot get at it. */
  sourceOf(attachment: CleanAttachment): string;
  /** A name that is taken is no error. */
  start(name: string, source: string, language: string | null): Promise<void>;
  find(name: string): Promise<Transcription>;
  read(transcriptUrl: string): Promise<Enriched>;
  /** Nothing of it stays with the provider; no error when nothing is there. False while it was under way: it cannot be removed then. */
  remove(name: string): Promise<boolean>;
}

export interface Enrichers {
  text: TextEnricher;
  images: ImageEnricher;
  voice: Transcriber;
  close(): Promise<void>;
}

/** Enrichers, or null: nothing is enriched. */
export const enrichers = Symbol('enrichers');
