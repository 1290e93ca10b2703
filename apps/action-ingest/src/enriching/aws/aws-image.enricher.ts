import { ObjectStoreError, type ObjectStore } from '@groundswell/object-store';
import type { CleanAttachment } from '../attachment.read-model';
import type { Enriched, ImageEnricher } from '../enricher';
import { ProviderRefusal } from '../provider.error';
import { once, type AwsClientSettings } from './aws-client-settings';
import { callAws } from './aws-fault';

/** What Rekognition takes as bytes. */
const maxImageBytes = 5 * 1024 * 1024;
const mostLabels = 20;
const leastConfidence = 70;

const confidenceOf = (confidence: number | undefined): number => Math.round(confidence ?? 0);

/** Amazon Rekognition: what an image shows, and what of it a moderator should look at. One unit is one image. */
export class AwsImageEnricher implements ImageEnricher {
  private readonly rekognition = once(async () => {
    const sdk = await import('@aws-sdk/client-rekognition');
    return { sdk, client: new sdk.RekognitionClient(this.settings) };
  });

  constructor(
    private readonly settings: AwsClientSettings,
    private readonly store: ObjectStore | null,
  ) {}

  async label(attachment: CleanAttachment): Promise<Enriched> {
    const Image = { Bytes: await this.bytesOf(attachment) };
    return callAws(async () => {
      const { sdk, client } = await this.rekognition();
      const { Labels = [] } = await client.send(
        new sdk.DetectLabelsCommand({ Image, MaxLabels: mostLabels, MinConfidence: leastConfidence }),
      );
      const { ModerationLabels = [] } = await client.send(
        new sdk.DetectModerationLabelsCommand({ Image, MinConfidence: leastConfidence }),
      );
      const labels = Labels.map(({ Name, Confidence }) => ({ name: Name ?? '', confidence: confidenceOf(Confidence) }));
      const moderation = ModerationLabels.map(({ Name, ParentName, Confidence }) => ({
        name: Name ?? '',
        parent: ParentName || null,
        confidence: confidenceOf(Confidence),
      }));
      return { result: { labels, moderation }, units: 1 };
    });
  }

  /** Another fault of the store passes. */
  private async bytesOf({ key, size }: CleanAttachment): Promise<Buffer> {
    if (!this.store) throw new ProviderRefusal('not_configured');
    if (size > maxImageBytes) throw new ProviderRefusal('source_too_large');
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of await this.store.read(key)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    } catch (error) {
      if (error instanceof ObjectStoreError && error.code === 'not_found') throw new ProviderRefusal('no_source');
      throw error;
    }
  }
}
