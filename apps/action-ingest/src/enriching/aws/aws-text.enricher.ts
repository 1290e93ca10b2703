import type { LanguageCode } from '@aws-sdk/client-comprehend';
import type { Enriched, TextEnricher } from '../enricher';
import { ProviderFault, ProviderRefusal } from '../provider.error';
import { once, type AwsClientSettings } from './aws-client-settings';
import { callAws } from './aws-fault';
import { cutText } from './cut-text';

/** Enough to tell a language by. */
const detectedBytes = 1_000;
/** What Comprehend takes of one text: longer ones are judged by their beginning. */
const sentimentBytes = 5_000;
/** Languages Comprehend knows sentiments of. */
const sentimentLanguages: ReadonlySet<string> = new Set('en es fr de it pt ar hi ja ko zh zh-TW'.split(' '));

const unitsOf = (text: string): number => [...text].length;

/** Amazon Comprehend and Amazon Translate. Which language a text is in is found out first; one unit is one character. */
export class AwsTextEnricher implements TextEnricher {
  private readonly comprehend = once(async () => {
    const sdk = await import('@aws-sdk/client-comprehend');
    return { sdk, client: new sdk.ComprehendClient(this.settings) };
  });
  private readonly translator = once(async () => {
    const sdk = await import('@aws-sdk/client-translate');
    return { sdk, client: new sdk.TranslateClient(this.settings) };
  });

  constructor(private readonly settings: AwsClientSettings) {}

  /** `text` is null when it is in that language already. */
  translate(text: string, into: string): Promise<Enriched> {
    return callAws(async () => {
      const language = await this.languageOf(text);
      const units = unitsOf(text);
      if (language === into || language === into.split('-')[0]) {
        return { result: { language, into, text: null }, units };
      }
      const { sdk, client } = await this.translator();
      const { TranslatedText } = await client.send(
        new sdk.TranslateTextCommand({ Text: text, SourceLanguageCode: language, TargetLanguageCode: into }),
      );
      if (TranslatedText === undefined) throw new ProviderFault('an answer without a translation', true);
      return { result: { language, into, text: TranslatedText }, units };
    });
  }

  detectSentiment(text: string): Promise<Enriched> {
    return callAws(async () => {
      const language = await this.languageOf(text);
      if (!sentimentLanguages.has(language)) throw new ProviderRefusal('unsupported_language', language);
      const { sdk, client } = await this.comprehend();
      const judged = cutText(text, sentimentBytes);
      const { Sentiment, SentimentScore: scores } = await client.send(
        new sdk.DetectSentimentCommand({ Text: judged, LanguageCode: language as LanguageCode }),
      );
      if (!Sentiment) throw new ProviderFault('an answer without a sentiment', true);
      const result = {
        language,
        sentiment: Sentiment.toLowerCase(),
        scores: {
          positive: scores?.Positive ?? 0,
          negative: scores?.Negative ?? 0,
          neutral: scores?.Neutral ?? 0,
          mixed: scores?.Mixed ?? 0,
        },
      };
      return { result, units: unitsOf(judged) };
    });
  }

  private async languageOf(text: string): Promise<string> {
    const { sdk, client } = await this.comprehend();
    const { Languages = [] } = await client.send(
      new sdk.DetectDominantLanguageCommand({ Text: cutText(text, detectedBytes) }),
    );
    const [likeliest] = [...Languages].sort((a, b) => (b.Score ?? 0) - (a.Score ?? 0));
    if (!likeliest?.LanguageCode) throw new ProviderRefusal('unsupported_language');
    return likeliest.LanguageCode;
  }
}
