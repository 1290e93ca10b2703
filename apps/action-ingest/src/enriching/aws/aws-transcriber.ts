import type { LanguageCode, TranscriptionJob } from '@aws-sdk/client-transcribe';
import { isSuccess, type HttpCaller } from '@groundswell/http';
import type { CleanAttachment } from '../attachment.read-model';
import type { Enriched, Transcriber, Transcription } from '../enricher';
import { ProviderFault, ProviderRefusal } from '../provider.error';
import { once, type AwsClientSettings } from './aws-client-settings';
import { callAws, nameOfAwsError } from './aws-fault';
import { readTranscript } from './transcript';

const maxTranscriptBytes = 20 * 1024 * 1024;

/** The SDK's error, by its name; BadRequestException is also what a job that is not there gets. */
const isMissing = (error: unknown): boolean =>
  ['NotFoundException', 'BadRequestException'].includes(nameOfAwsError(error));

/** Amazon Transcribe. A name is taken for as long as the job is kept there, so a submission that was noted nowhere is found again. */
export class AwsTranscriber implements Transcriber {
  private readonly transcribe = once(async () => {
    const sdk = await import('@aws-sdk/client-transcribe');
    return { sdk, client: new sdk.TranscribeClient(this.settings) };
  });

  constructor(
    private readonly settings: AwsClientSettings,
    private readonly caller: HttpCaller,
    private readonly mediaBucket: string | null,
  ) {}

  sourceOf({ key }: CleanAttachment): string {
    if (this.mediaBucket === null) throw new ProviderRefusal('not_configured');
    return `s3://${this.mediaBucket}/${key}`;
  }

  start(name: string, source: string, language: string | null): Promise<void> {
    return callAws(async () => {
      const { sdk, client } = await this.transcribe();
      try {
        await client.send(
          new sdk.StartTranscriptionJobCommand({
            TranscriptionJobName: name,
            Media: { MediaFileUri: source },
            ...(language === null ? { IdentifyLanguage: true } : { LanguageCode: language as LanguageCode }),
          }),
        );
      } catch (error) {
        if (nameOfAwsError(error) !== 'ConflictException') throw error;
        await this.checkOurs(name, source);
      }
    });
  }

  find(name: string): Promise<Transcription> {
    return callAws(async () => {
      const { sdk, client } = await this.transcribe();
      try {
        const { TranscriptionJob: job } = await client.send(
          new sdk.GetTranscriptionJobCommand({ TranscriptionJobName: name }),
        );
        return transcriptionOf(job ?? {});
      } catch (error) {
        if (isMissing(error)) return { state: 'unknown' };
        throw error;
      }
    });
  }

  async read(transcriptUrl: string): Promise<Enriched> {
    const answer = await this.caller.call({
      method: 'GET',
      url: transcriptUrl,
      headers: {},
      maxAnswerBytes: maxTranscriptBytes,
    });
    if (answer.kind !== 'answered') throw new ProviderFault(`transcript: ${answer.error}`, false);
    if (!isSuccess(answer)) throw new ProviderFault(`transcript: HTTP ${answer.status}`, false);
    return readTranscript(answer.text);
  }

  /** One under way is refused just as one that is not there; it may have ended when that is found out. */
  remove(name: string): Promise<boolean> {
    return callAws(async () => {
      const { sdk, client } = await this.transcribe();
      try {
        await client.send(new sdk.DeleteTranscriptionJobCommand({ TranscriptionJobName: name }));
        return true;
      } catch (error) {
        if (!isMissing(error)) throw error;
        return (await this.find(name)).state === 'unknown';
      }
    });
  }

  /** Two installations with one account and one prefix would read each other's recordings. */
  private async checkOurs(name: string, source: string): Promise<void> {
    const found = await this.find(name);
    if (found.state !== 'unknown' && found.source !== source) throw new ProviderRefusal('refused', 'name taken');
  }
}

function transcriptionOf(job: TranscriptionJob): Transcription {
  const source = job.Media?.MediaFileUri ?? '';
  switch (job.TranscriptionJobStatus) {
    case 'COMPLETED':
      return job.Transcript?.TranscriptFileUri
        ? { state: 'done', source, transcriptUrl: job.Transcript.TranscriptFileUri }
        : { state: 'failed', source };
    case 'FAILED':
      return { state: 'failed', source };
    default:
      return { state: 'under way', source };
  }
}
