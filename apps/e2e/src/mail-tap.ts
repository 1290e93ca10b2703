import { connect, type Channel, type ChannelModel } from 'amqplib';
import { exchanges, mailRequestV1, type MailRequestV1 } from '@groundswell/contracts';

export interface TappedMail {
  messageId: string;
  routingKey: string;
  body: MailRequestV1;
}

/** A copy of every mail that is asked of email-delivery, as the broker's administrator sees them. */
export class MailTap {
  readonly mails: TappedMail[] = [];

  private constructor(
    private readonly model: ChannelModel,
    /** For looking at other queues. */
    readonly channel: Channel,
  ) {}

  static async open(amqpUrl: string): Promise<MailTap> {
    const model = await connect(amqpUrl);
    model.on('error', () => undefined);
    const channel = await model.createChannel();
    const tap = new MailTap(model, channel);
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, exchanges.deliver, 'system.mail.#');
    await channel.consume(
      queue,
      (message) => {
        if (!message) return;
        tap.mails.push({
          messageId: String(message.properties.messageId),
          routingKey: message.fields.routingKey,
          body: mailRequestV1.parse(JSON.parse(message.content.toString())),
        });
      },
      { noAck: true },
    );
    return tap;
  }

  /** By purpose: a copy under the id of another is the same mail. */
  get distinct(): TappedMail[] {
    return [...new Map(this.mails.map((mail) => [mail.messageId, mail])).values()];
  }

  to(email: string): TappedMail[] {
    return this.distinct.filter(({ body }) => body.to.email === email);
  }

  close(): Promise<void> {
    return this.model.close();
  }
}
