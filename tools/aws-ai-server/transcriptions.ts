import type { Reply } from '../mail-servers/provider-server';
import type { AwsInput, AwsOutput } from './aws-call';

interface Transcription {
  name: string;
  source: string;
  language: string | null;
  status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  document: object | null;
}

const refuse = (error: string, message: string): AwsOutput => ({ error, message });
const missing = refuse(
  'BadRequestException',
  "The requested job couldn't be found. Check the job name and try your request again.",
);

/** Transcription jobs: a name is taken for as long as its job is kept. */
export class Transcriptions {
  readonly jobs = new Map<string, Transcription>();
  /** Names ever started, those removed since among them. */
  readonly started: string[] = [];

  constructor(private readonly urlOf: () => string) {}

  /** As the service does it after a while. */
  complete(name: string, text: string, seconds: number): void {
    const job = this.known(name);
    const words = text.split(' ');
    const end = (index: number): string => ((seconds * (index + 1)) / words.length).toFixed(3);
    job.status = 'COMPLETED';
    job.document = {
      jobName: name,
      status: 'COMPLETED',
      results: {
        language_code: job.language ?? 'de-DE',
        transcripts: [{ transcript: text }],
        items: [
          ...words.map((content, index) => ({
            type: 'pronunciation',
            start_time: '0.0',
            end_time: end(index),
            alternatives: [{ content }],
          })),
          { type: 'punctuation', alternatives: [{ content: '.' }] },
        ],
      },
    };
  }

  fail(name: string): void {
    this.known(name).status = 'FAILED';
  }

  start(input: AwsInput): AwsOutput {
    const { TranscriptionJobName: name, LanguageCode: language = null, IdentifyLanguage, Media } = input;
    const source = (Media as { MediaFileUri?: string } | undefined)?.MediaFileUri ?? '';
    if (typeof name !== 'string' || !/^[0-9a-zA-Z._-]{1,200}$/.test(name)) {
      return refuse('BadRequestException', 'transcriptionJobName failed to satisfy constraint');
    }
    if ((language === null) === (IdentifyLanguage !== true)) {
      return refuse('BadRequestException', 'Specify either a language code or language identification.');
    }
    if (!/^s3:\/\/[a-z0-9.-]{3,63}\/.+/.test(source)) {
      return refuse('BadRequestException', "The URI that you provided doesn't point to an S3 object.");
    }
    if (this.jobs.has(name)) return refuse('ConflictException', 'The requested job name already exists.');
    this.jobs.set(name, { name, source, language: language as string | null, status: 'IN_PROGRESS', document: null });
    this.started.push(name);
    return this.get(input);
  }

  get({ TranscriptionJobName: name }: AwsInput): AwsOutput {
    const job = this.jobs.get(name as string);
    if (!job) return missing;
    const TranscriptFileUri = `${this.urlOf()}/transcripts/${job.name}?X-Amz-Signature=abc`;
    return {
      answer: {
        TranscriptionJob: {
          TranscriptionJobName: job.name,
          TranscriptionJobStatus: job.status,
          Media: { MediaFileUri: job.source },
          ...(job.status === 'COMPLETED' ? { Transcript: { TranscriptFileUri } } : {}),
          ...(job.status === 'FAILED' ? { FailureReason: 'The media format is not supported.' } : {}),
        },
      },
    };
  }

  /** What is under way cannot be removed. */
  remove({ TranscriptionJobName: name }: AwsInput): AwsOutput {
    const job = this.jobs.get(name as string);
    if (!job) return missing;
    if (job.status === 'IN_PROGRESS') return refuse('BadRequestException', 'The job is in a non-terminal state.');
    this.jobs.delete(job.name);
    return { answer: {} };
  }

  /** What a link to a transcript leads to. */
  read(path: string): Reply {
    const [, name = ''] = /^\/transcripts\/(.+)$/.exec(path) ?? [];
    const document = this.jobs.get(name)?.document;
    return document
      ? { status: 200, body: document }
      : { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' };
  }

  private known(name: string): Transcription {
    const job = this.jobs.get(name);
    if (!job) throw new Error(`no transcription "${name}"`);
    return job;
  }
}
