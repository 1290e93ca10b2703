import type { AwsInput, AwsOutput } from './aws-call';

const textOf = (input: AwsInput): string => (typeof input['Text'] === 'string' ? input['Text'] : '');

const refuse = (error: string, message = 'no'): AwsOutput => ({ error, message });

/** AWS quotes what it refuses: nobody may keep or log what it says. */
const invalid = (text: string): AwsOutput =>
  refuse(
    'InvalidRequestException',
    `1 validation error detected: Value '${text}' at 'text' failed to satisfy constraint`,
  );

const tooLong = (text: string, bytes: number): boolean => Buffer.byteLength(text) > bytes;

export function detectLanguage(input: AwsInput): AwsOutput {
  const text = textOf(input);
  if (text === '') return invalid(text);
  const found = /[äöüß]/i.test(text) ? 'de' : /klingon/i.test(text) ? 'tlh' : 'en';
  const Languages = [
    { LanguageCode: 'fr', Score: 0.02 },
    { LanguageCode: found, Score: 0.97 },
  ];
  return { answer: { Languages } };
}

export function translateText(input: AwsInput): AwsOutput {
  const text = textOf(input);
  const { SourceLanguageCode: from, TargetLanguageCode: into } = input as Record<string, string>;
  if (text === '') return invalid(text);
  if (tooLong(text, 10_000)) return refuse('TextSizeLimitExceededException');
  if (from === 'tlh' || into === 'tlh') return refuse('UnsupportedLanguagePairException');
  return { answer: { TranslatedText: `(${into}) ${text}`, SourceLanguageCode: from, TargetLanguageCode: into } };
}

export function detectSentiment(input: AwsInput): AwsOutput {
  const text = textOf(input);
  if (tooLong(text, 5_000)) return refuse('TextSizeLimitExceededException');
  if (input['LanguageCode'] !== 'en' && input['LanguageCode'] !== 'de') return refuse('UnsupportedLanguageException');
  const isGood = /love|schön/i.test(text);
  const score = { Positive: isGood ? 0.9 : 0.1, Negative: isGood ? 0.05 : 0.8, Neutral: 0.03, Mixed: 0.02 };
  return { answer: { Sentiment: isGood ? 'POSITIVE' : 'NEGATIVE', SentimentScore: score } };
}

const pictures = [Buffer.from([0xff, 0xd8, 0xff]), Buffer.from([0x89, 0x50, 0x4e, 0x47])];

function faultOfImage(input: AwsInput): AwsOutput | null {
  const image = input['Image'] as { Bytes?: string } | undefined;
  const bytes = Buffer.from(image?.Bytes ?? '', 'base64');
  if (bytes.length > 5 * 1024 * 1024) return refuse('ImageTooLargeException');
  const isPicture = pictures.some((magic) => bytes.subarray(0, magic.length).equals(magic));
  return isPicture ? null : refuse('InvalidImageFormatException');
}

export const detectLabels = (input: AwsInput): AwsOutput =>
  faultOfImage(input) ?? {
    answer: {
      Labels: [
        { Name: 'Crowd', Confidence: 98.7 },
        { Name: 'Banner', Confidence: 81.2 },
      ],
    },
  };

export const detectModeration = (input: AwsInput): AwsOutput =>
  faultOfImage(input) ?? {
    answer: { ModerationLabels: [{ Name: 'Weapons', ParentName: 'Violence', Confidence: 77.4 }] },
  };
