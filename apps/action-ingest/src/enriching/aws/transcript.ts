import { z } from 'zod';
import { toStorableText } from '@groundswell/domain';
import type { Enriched } from '../enricher';
import { ProviderFault } from '../provider.error';

/** What Transcribe asks for at least of one recording, seconds. */
export const leastSeconds = 15;
/** About three hours of speech. */
const longestTranscript = 200_000;

/** What is read of the document that Transcribe leaves behind. */
const transcript = z.object({
  results: z.object({
    language_code: z.string().nullish(),
    transcripts: z.array(z.object({ transcript: z.string() })),
    items: z.array(z.object({ end_time: z.string().optional() })).default([]),
  }),
});

/** Its text and how long it is: by the last word that was heard. Throws ProviderFault for anything else. */
export function readTranscript(text: string): Enriched {
  let results: z.infer<typeof transcript>['results'];
  try {
    ({ results } = transcript.parse(JSON.parse(text)));
  } catch (error) {
    throw Object.assign(new ProviderFault('a transcript that cannot be read', false), { cause: error });
  }
  const seconds = results.items.reduce((last, { end_time: end }) => Math.max(last, Number(end ?? 0) || 0), 0);
  const whole = results.transcripts.map((one) => one.transcript).join('\n');
  return {
    result: {
      language: results.language_code ?? null,
      text: toStorableText(whole.slice(0, longestTranscript)),
      seconds: Math.ceil(seconds),
    },
    units: Math.max(leastSeconds, Math.ceil(seconds)),
  };
}
