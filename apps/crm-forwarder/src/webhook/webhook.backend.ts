import { HttpCaller, type HttpSettings } from '@groundswell/http';
import type { OutgoingPush, PushBackend, PushEndpoint, PushResult } from '../pushing/push-backend';
import { excerptOf, excerptReadBytes, secretsOf } from './excerpt';
import { addressOf } from './webhook-address';
import { requestOf } from './webhook-request';
import { resultOf } from './webhook-result';

/** One POST per message to an address of the org's choice, signed by Standard Webhooks (processing.md §8.4). Where private
 *  addresses may not be called, only https may. */
export class WebhookBackend implements PushBackend {
  readonly batchSize = 1;
  private readonly caller: HttpCaller;

  constructor(settings: Omit<HttpSettings, 'userAgent'>) {
    this.caller = new HttpCaller({ ...settings, userAgent: 'groundswell-webhook' });
  }

  push(endpoint: PushEndpoint, pushes: readonly OutgoingPush[]): Promise<PushResult[]> {
    return Promise.all(pushes.map((push) => this.pushOne(endpoint, push)));
  }

  close(): Promise<void> {
    return this.caller.close();
  }

  private async pushOne(endpoint: PushEndpoint, push: OutgoingPush): Promise<PushResult> {
    const address = addressOf(endpoint.host, push.body);
    if ('fault' in address) return resultOfFault(address);
    const request = requestOf(endpoint, push);
    if ('fault' in request) return resultOfFault(request);
    const { url, isTagged } = address;
    const answer = await this.caller.call({
      method: 'POST',
      url,
      headers: request.headers,
      body: push.body,
      excerptBytes: excerptReadBytes,
    });
    const excerpt = answer.kind === 'answered' ? excerptOf(answer.text, secretsOf(endpoint, url)) : '';
    return resultOf(answer, isTagged, excerpt);
  }
}

/** Of a push that no call can be made for. */
const resultOfFault = ({ fault, ofEndpoint }: { fault: string; ofEndpoint: boolean }): PushResult =>
  ofEndpoint ? { outcome: 'retry', error: fault, ofEndpoint } : { outcome: 'failed', error: fault };
