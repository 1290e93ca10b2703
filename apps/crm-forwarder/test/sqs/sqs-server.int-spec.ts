import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { md5OfAttributes, SqsServer, type SqsQueue } from './sqs-servers';

/** The local SQS, asked by the SDK's own client with its own ways to the network and its own checks of MD5. */
describe('the local SQS', () => {
  let server: SqsServer;
  let queue: SqsQueue;
  let client: SQSClient;

  const clientWith = (region: string, accessKeyId: string, secretAccessKey: string): SQSClient =>
    new SQSClient({ region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1, endpoint: server.url });
  const send = (Entries: SendMessageBatchRequestEntry[], QueueUrl = queue.url, by = client) =>
    by.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

  beforeEach(async () => {
    server = await new SqsServer().start();
    server.addKey('AKIAONE', 'secret');
    queue = server.addQueue('crm', 'AKIAONE');
    client = clientWith('eu-west-1', 'AKIAONE', 'secret');
  });
  afterEach(async () => {
    client.destroy();
    await server.stop();
  });

  it('takes messages, hands them out until they are deleted, and hides them meanwhile', async () => {
    const MessageAttributes = { Schema: { DataType: 'String', StringValue: 'é' } };
    await send([{ Id: 'a', MessageBody: 'one', MessageAttributes }]);
    const receive = (VisibilityTimeout: number) =>
      client.send(
        new ReceiveMessageCommand({ QueueUrl: queue.url, MessageAttributeNames: ['All'], VisibilityTimeout }),
      );
    const { Messages: [found] = [] } = await receive(0);
    expect(found).toMatchObject({ Body: 'one', MessageAttributes });
    expect((await receive(30)).Messages).toHaveLength(1);
    expect((await receive(30)).Messages).toBeUndefined();
    await client.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: found?.ReceiptHandle }));
    expect(queue.messages).toEqual([]);
  });

  it('makes the MD5 of attributes as SQS does', () => {
    const text = { attribName1: { DataType: 'String', StringValue: 'attribValue 1' } };
    const number = {
      customNumberTypeAttrib: { DataType: 'Number.float', StringValue: '4563442423554324324264524243.32543234' },
    };
    const BinaryValue = Buffer.from('Hello binary world!').toString('base64');
    const binary = { binaryAttribute: { DataType: 'Binary', BinaryValue } };
    expect(md5OfAttributes(text)).toBe('19e27d4e946b072f3f58da80d94fd778');
    expect(md5OfAttributes(number)).toBe('9fe1b90bbd9965bdf77bac517c7d2495');
    expect(md5OfAttributes(binary)).toBe('31a92b15d92f8db860eda32aceb656c3');
    expect(md5OfAttributes({ ...text, ...number, ...binary })).toBe('c932db14a896c663f83c260297d594ff');
  });

  it('refuses one entry for what it holds and takes the others', async () => {
    const tooMany = Object.fromEntries(
      Array.from({ length: 11 }, (_, at) => [`a${at}`, { DataType: 'String', StringValue: 'x' }]),
    );
    const { Successful, Failed } = await send([
      { Id: '0', MessageBody: 'good' },
      { Id: '1', MessageBody: 'bad \u{FFFE}' },
      { Id: '2', MessageBody: 'bad', MessageAttributes: { A: { DataType: 'String', StringValue: '' } } },
      { Id: '3', MessageBody: 'bad', MessageAttributes: { A: { DataType: 'Text', StringValue: 'x' } } },
      { Id: '4', MessageBody: 'bad', MessageAttributes: tooMany },
      { Id: '5', MessageBody: '' },
    ]);
    expect(Successful?.map(({ Id }) => Id)).toEqual(['0']);
    expect(Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])).toEqual([
      ['1', 'InvalidMessageContents', true],
      ['2', 'InvalidParameterValue', true],
      ['3', 'InvalidParameterValue', true],
      ['4', 'InvalidParameterValue', true],
      ['5', 'MissingParameter', true],
    ]);
  });

  it.each([
    ['EmptyBatchRequest', []],
    ['TooManyEntriesInBatchRequest', Array.from({ length: 11 }, (_, at) => ({ Id: `${at}`, MessageBody: 'x' }))],
    ['BatchEntryIdsNotDistinct', [1, 2].map(() => ({ Id: 'same', MessageBody: 'x' }))],
    ['InvalidBatchEntryId', [{ Id: 'a:b', MessageBody: 'x' }]],
    ['BatchRequestTooLong', [1, 2].map((at) => ({ Id: `${at}`, MessageBody: 'x'.repeat(600_000) }))],
  ])('refuses a batch whole: %s', async (name, entries) => {
    await expect(send(entries)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
    expect(queue.messages).toEqual([]);
  });

  it('knows who signed, by the signature of all that arrived', async () => {
    server.addKey('AKIATWO', 'other');
    const entries = [{ Id: '0', MessageBody: 'x' }];
    const refusals: [SQSClient, string, string][] = [
      [clientWith('eu-west-1', 'AKIANONE', 'secret'), queue.url, 'InvalidClientTokenId'],
      [clientWith('eu-west-1', 'AKIAONE', 'wrong'), queue.url, 'SignatureDoesNotMatch'],
      [clientWith('us-east-1', 'AKIAONE', 'secret'), queue.url, 'SignatureDoesNotMatch'],
      [clientWith('eu-west-1', 'AKIATWO', 'other'), queue.url, 'AccessDenied'],
      [client, `${queue.url}-away`, 'QueueDoesNotExist'],
    ];
    for (const [by, url, name] of refusals) await expect(send(entries, url, by)).rejects.toMatchObject({ name });
    await send(entries);
    queue.messages.length = 0;
    const ofConnection = ['host', 'connection', 'content-length'];
    const signed = Object.entries(server.calls.at(-1)?.headers ?? {}) as [string, string][];
    const headers = Object.fromEntries(signed.filter(([name]) => !ofConnection.includes(name)));
    const changed = await fetch(server.url, { method: 'POST', headers, body: '{}' });
    expect([changed.status, changed.headers.get('x-amzn-query-error')]).toEqual([403, 'SignatureDoesNotMatch;Sender']);
    expect(queue.messages).toEqual([]);
  });
});
