import { createHash } from 'node:crypto';

export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  /** Base64. */
  BinaryValue?: string;
}

export type MessageAttributes = Record<string, MessageAttribute>;

export interface BatchEntry {
  Id: string;
  MessageBody?: string;
  MessageAttributes?: MessageAttributes;
}

export const md5 = (text: string | Buffer): string => createHash('md5').update(text).digest('hex');

/** Names in order; of each its name, its data type, 1 for text or 2 for bytes, and its value, every text after its length. */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const withLength = (value: string | Buffer): Buffer => {
    const bytes = Buffer.from(value as string);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const parts = Object.keys(attributes)
    .sort()
    .flatMap((name) => {
      const { DataType, StringValue, BinaryValue } = attributes[name] as MessageAttribute;
      const isBinary = DataType.startsWith('Binary');
      const value = isBinary ? Buffer.from(BinaryValue ?? '', 'base64') : (StringValue ?? '');
      return [withLength(name), withLength(DataType), Buffer.of(isBinary ? 2 : 1), withLength(value)];
    });
  return md5(Buffer.concat(parts));
}

/** What SQS counts against its limits: body, and of each attribute name, type and value. */
export function bytesOf({ MessageBody = '', MessageAttributes = {} }: BatchEntry): number {
  const ofAttributes = Object.entries(MessageAttributes).map(
    ([name, { DataType, StringValue = '', BinaryValue = '' }]) =>
      Buffer.byteLength(name + DataType + StringValue) + Buffer.from(BinaryValue, 'base64').length,
  );
  return ofAttributes.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(MessageBody));
}

const refused = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

export interface EntryFault {
  Code: string;
  Message: string;
  SenderFault: boolean;
}

/** What SQS has against one entry of a batch, whatever the others are. */
export function faultOfEntry({ MessageBody, MessageAttributes = {} }: BatchEntry): EntryFault | null {
  const sender = (Code: string, Message: string) => ({ Code, Message, SenderFault: true });
  if (!MessageBody) return sender('MissingParameter', 'The request must contain the parameter MessageBody.');
  const found = refused.exec(MessageBody);
  if (found) {
    const code = found[0].codePointAt(0)?.toString(16);
    return sender('InvalidMessageContents', `Invalid binary character '#x${code}' was found in the message body.`);
  }
  if (Object.keys(MessageAttributes).length > 10) {
    return sender('InvalidParameterValue', 'Number of message attributes [11] exceeds the allowed maximum [10].');
  }
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(MessageAttributes)) {
    if (!/^(String|Number|Binary)(\.\S+)?$/.test(DataType)) {
      return sender('InvalidParameterValue', `The message attribute '${name}' has an invalid message attribute type.`);
    }
    const value = DataType.startsWith('Binary') ? BinaryValue : StringValue;
    if (!value) return sender('InvalidParameterValue', `Message attribute '${name}' must contain a non-empty value.`);
    if (refused.test(StringValue ?? '')) {
      return sender('InvalidMessageContents', `Invalid character in the value of message attribute '${name}'.`);
    }
  }
  return null;
}
