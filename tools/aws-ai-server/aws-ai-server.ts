import { randomUUID } from 'node:crypto';
import { checkSignature, sha256, type SignatureFault } from '../aws-signature/signature-check';
import { jsonOf, ProviderServer, type ReceivedCall, type Reply } from '../mail-servers/provider-server';
import type { AwsInput, AwsOutput } from './aws-call';
import { detectLabels, detectLanguage, detectModeration, detectSentiment, translateText } from './text-and-images';
import { Transcriptions } from './transcriptions';

type Operation = (input: AwsInput) => AwsOutput;

const services = {
  RekognitionService: 'rekognition',
  Transcribe: 'transcribe',
  AWSShineFrontendService_20170701: 'translate',
  Comprehend_20171127: 'comprehend',
} as const;

const codeOf: Record<SignatureFault, string> = {
  missing: 'MissingAuthenticationTokenException',
  unknown_key: 'UnrecognizedClientException',
  mismatch: 'InvalidSignatureException',
  skewed: 'InvalidSignatureException',
  expired: 'InvalidSignatureException',
};

/** As AWS spells a refusal in its JSON protocol. */
export const awsError = (name: string, message = 'no', status = 400): Reply => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
  body: { __type: name, message },
});

export const awsThrottled: Reply = awsError('ThrottlingException', 'Rate exceeded');

/**
 * Rekognition, Transcribe, Translate and Comprehend of one region on loopback: JSON calls signed by SigV4, checked whole. A text
 * is German when it has umlauts, Klingon when it says so, else English; a transcription goes on until `transcriptions` is told
 * otherwise. `paid` counts what AWS would charge for, by operation.
 */
export class AwsAiServer extends ProviderServer {
  readonly transcriptions = new Transcriptions(() => this.url);
  readonly paid: Record<string, number> = {};
  readonly accessKeyId = 'AKIAENRICHMENT';
  readonly secretAccessKey = 'enrichment/secret+key';
  private readonly operations: Record<string, Operation> = {
    'rekognition.DetectLabels': detectLabels,
    'rekognition.DetectModerationLabels': detectModeration,
    'translate.TranslateText': translateText,
    'comprehend.DetectDominantLanguage': detectLanguage,
    'comprehend.DetectSentiment': detectSentiment,
    'transcribe.StartTranscriptionJob': (input) => this.transcriptions.start(input),
    'transcribe.GetTranscriptionJob': (input) => this.transcriptions.get(input),
    'transcribe.DeleteTranscriptionJob': (input) => this.transcriptions.remove(input),
  };

  constructor(readonly region = 'eu-west-1') {
    super();
  }

  /** Variables of action-ingest that have it call this server. */
  get env(): Record<string, string> {
    return {
      ENRICHMENT_REGION: this.region,
      ENRICHMENT_ACCESS_KEY_ID: this.accessKeyId,
      ENRICHMENT_SECRET_ACCESS_KEY: this.secretAccessKey,
      ENRICHMENT_ORIGIN: this.url,
    };
  }

  protected handle(call: ReceivedCall): Reply {
    if (call.method === 'GET') return this.transcriptions.read(call.path);
    const [prefix = '', name = ''] = String(call.headers['x-amz-target'] ?? '').split('.');
    const service = services[prefix as keyof typeof services] as (typeof services)[keyof typeof services] | undefined;
    const operation = service && this.operations[`${service}.${name}`];
    if (call.method !== 'POST' || !operation) return awsError('UnknownOperationException');
    const signed = checkSignature(
      { ...call, search: call.query.toString() },
      {
        service,
        region: this.region,
        secretOf: (key) => (key === this.accessKeyId ? this.secretAccessKey : undefined),
        payloadHash: sha256(call.body),
      },
    );
    if ('fault' in signed) return awsError(codeOf[signed.fault], signed.message);
    const output = operation((jsonOf(call) ?? {}) as AwsInput);
    if ('error' in output) return awsError(output.error, output.message, output.status);
    if (!/^(Get|Delete)/.test(name)) this.paid[name] = (this.paid[name] ?? 0) + 1;
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: output.answer };
  }
}
