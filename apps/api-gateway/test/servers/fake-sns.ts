import { createSign, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { LocalHttp, type LocalAnswer } from './local-http';

const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const utcTime = (text: string): Buffer => der(0x17, Buffer.from(text));
const rsaWithSha256 = sequence(der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05));
const nobody = sequence();

/** The smallest certificate that holds a key. */
function certificateOf(publicKey: KeyObject, privateKey: KeyObject): string {
  const signed = sequence(
    der(0x02, Buffer.from([1])),
    rsaWithSha256,
    nobody,
    sequence(utcTime('200101000000Z'), utcTime('491231235959Z')),
    nobody,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', signed, privateKey));
  const lines =
    sequence(signed, rsaWithSha256, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

export const topic = 'arn:aws:sns:eu-west-1:123456789012:mail-events';

/** Undefined: left out. */
type Fields = Record<string, string | undefined>;

/** Amazon SNS on loopback: signs messages, hands out its certificate, counts confirmed subscriptions. */
export class FakeSns {
  readonly confirmed: string[] = [];
  certificatesServed = 0;
  /** When set, what it answers to everything. */
  fault: LocalAnswer | null = null;
  private readonly keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  private readonly certificate = certificateOf(this.keys.publicKey, this.keys.privateKey);
  private server!: LocalHttp;

  static async start(): Promise<FakeSns> {
    const sns = new FakeSns();
    sns.server = await LocalHttp.start(({ path }) => sns.answer(path));
    return sns;
  }

  get origin(): string {
    return this.server.origin;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  notification(message: unknown, changes: Fields = {}, version: '1' | '2' = '2'): Fields {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    return this.signed({ Type: 'Notification', Message: text, Subject: 'Amazon SES', ...changes }, version);
  }

  subscription(changes: Fields = {}): Fields {
    const SubscribeURL = `${this.origin}/?Action=ConfirmSubscription&Token=t1`;
    return this.signed(
      {
        Type: 'SubscriptionConfirmation',
        Message: 'You have chosen to subscribe',
        Token: 't1',
        SubscribeURL,
        ...changes,
      },
      '1',
    );
  }

  private signed(given: Fields, version: '1' | '2'): Fields {
    const fields: Fields = {
      MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
      TopicArn: topic,
      Timestamp: '2026-03-01T11:53:21.000Z',
      SignatureVersion: version,
      SigningCertURL: `${this.origin}/SimpleNotificationService-1.pem`,
      ...given,
    };
    // As Amazon documents it: these names in this order, each with its value on a line of its own.
    const names = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
    const text = names.flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${fields[name]}\n`])).join('');
    const signer = createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256');
    return { ...fields, Signature: signer.update(text).sign(this.keys.privateKey, 'base64') };
  }

  private answer(path: string): LocalAnswer {
    if (this.fault) return this.fault;
    if (path.endsWith('.pem')) {
      this.certificatesServed += 1;
      return { status: 200, body: this.certificate };
    }
    this.confirmed.push(path);
    return { status: 200, body: '<ConfirmSubscriptionResponse/>' };
  }
}
