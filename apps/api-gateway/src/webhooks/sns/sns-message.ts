import { createVerify, type KeyObject } from 'node:crypto';

export const snsTypes = ['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation'] as const;

/** What Amazon SNS posts to an endpoint. */
export interface SnsMessage {
  Type: (typeof snsTypes)[number];
  TopicArn: string;
  Signature: string;
  SigningCertURL: string;
  /** RSA with SHA-1, and with SHA-256. */
  SignatureVersion: '1' | '2';
  /** Everything that stands in it, as it stands there. */
  fields: Readonly<Record<string, string>>;
}

const required = [
  'Type',
  'TopicArn',
  'Signature',
  'SigningCertURL',
  'SignatureVersion',
  'Message',
  'MessageId',
  'Timestamp',
];
const ofSubscriptions = ['SubscribeURL', 'Token'];
const algorithms = { '1': 'RSA-SHA1', '2': 'RSA-SHA256' } as const;
/** In alphabetical order, as they are signed; those that are missing are left out. */
const signed = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const;

/** Null for anything else. */
export function readSnsMessage(body: object): SnsMessage | null {
  const fields = Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  const { Type, SignatureVersion } = fields;
  const type = snsTypes.find((one) => one === Type);
  if (!type || (SignatureVersion !== '1' && SignatureVersion !== '2')) return null;
  const needed = type === 'Notification' ? required : [...required, ...ofSubscriptions];
  if (needed.some((name) => fields[name] === undefined)) return null;
  const { TopicArn = '', Signature = '', SigningCertURL = '' } = fields;
  return { Type: type, TopicArn, Signature, SigningCertURL, SignatureVersion, fields };
}

export const signedText = ({ Type, fields }: Pick<SnsMessage, 'Type' | 'fields'>): string =>
  signed[Type].map((name) => (fields[name] === undefined ? '' : `${name}\n${fields[name]}\n`)).join('');

export const isSignedBy = (message: SnsMessage, key: KeyObject): boolean =>
  createVerify(algorithms[message.SignatureVersion])
    .update(signedText(message))
    .verify(key, message.Signature, 'base64');
