import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { SqsClients } from './sqs-clients';
import type { SqsTarget } from './sqs-target';

const target: SqsTarget = {
  region: 'eu-west-1',
  queueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/crm',
  accessKeyId: 'AKIATEST',
  secretAccessKey: 'secret',
};

/** Notes where the SDK would go, and answers as SQS does. */
class NotingHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly origins: string[] = [];

  handle({ protocol, hostname, port }: { protocol: string; hostname: string; port?: number }) {
    this.origins.push(`${protocol}//${hostname}${port ? `:${port}` : ''}`);
    const body = new Uint8Array(Buffer.from('{"Successful":[]}'));
    return Promise.resolve({ response: { statusCode: 200, headers: {}, body } });
  }

  destroy(): void {}
}

describe('SqsClients', () => {
  let handler: NotingHandler;
  let clients: SqsClients;
  beforeEach(() => {
    handler = new NotingHandler();
    clients = new SqsClients(handler);
  });
  afterEach(() => {
    clients.close();
    jest.useRealTimers();
  });

  it('keeps one client per service while its settings are the same', async () => {
    const first = await clients.of(1, target);
    expect(await clients.of(1, { ...target })).toBe(first);
    expect(await clients.of(2, target)).not.toBe(first);
    expect(await clients.of(1, { ...target, secretAccessKey: 'another' })).not.toBe(first);
  });

  it('gives a client up a minute after its last use', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'performance'] });
    const first = await clients.of(1, target);
    jest.advanceTimersByTime(59_000);
    expect(await clients.of(1, target)).toBe(first);
    jest.advanceTimersByTime(59_000);
    expect(await clients.of(1, target)).toBe(first);
    jest.advanceTimersByTime(60_000);
    expect(await clients.of(1, target)).not.toBe(first);
  });

  it.each([
    [{}, 'https://sqs.eu-west-1.amazonaws.com'],
    [{ region: 'cn-north-1' }, 'https://sqs.cn-north-1.amazonaws.com.cn'],
    [{ queueUrl: 'https://bucket.s3.amazonaws.com/1/q' }, 'https://sqs.eu-west-1.amazonaws.com'],
    [{ queueUrl: 'http://169.254.169.254/1/q' }, 'https://sqs.eu-west-1.amazonaws.com'],
    [{ origin: 'http://proxy:9324' }, 'http://proxy:9324'],
  ])('calls with %j only %s, whatever host the queue URL names', async (change, origin) => {
    const asked = { ...target, ...change };
    const client = await clients.of(1, asked);
    const Entries = [{ Id: '0', MessageBody: '{}' }];
    await client.send(new SendMessageBatchCommand({ QueueUrl: asked.queueUrl, Entries }));
    expect(handler.origins).toEqual([origin]);
  });
});
