import { maxWebhookBytes } from '@groundswell/contracts';
import type { OutgoingMessage, PublishResult } from '@groundswell/messaging';
import { WebhookIntake } from './webhook-intake';

const sender = { provider: 'mailjet', serviceId: 1 } as const;
const largest = 'x'.repeat(maxWebhookBytes);

/** Answers when it is told to. */
class SlowPublisher {
  readonly messages: OutgoingMessage[] = [];
  private readonly waiting: ((result: PublishResult) => void)[] = [];

  publish(message: OutgoingMessage): Promise<PublishResult> {
    this.messages.push(message);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  answer(result: PublishResult): void {
    for (const resolve of this.waiting.splice(0)) resolve(result);
  }
}

it('leaves room for signatures: what is more than 8 MiB at once is put off', async () => {
  const publisher = new SlowPublisher();
  const intake = new WebhookIntake({ publisher, queues: { isSystemConfirmed: true } });
  const taken = Array.from({ length: 12 }, () => intake.take(sender, largest));
  const settled = Promise.allSettled(taken);
  expect(publisher.messages).toHaveLength(7);
  publisher.answer({ status: 'confirmed' });
  expect((await settled).filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
  const again = intake.take(sender, '[]');
  publisher.answer({ status: 'confirmed' });
  await again;
});

it.each<[PublishResult, string]>([
  [{ status: 'returned', replyText: 'NO_ROUTE' }, 'no queue for webhooks'],
  [{ status: 'unavailable', reason: 'nacked', maybeSent: true }, 'broker: nacked'],
])('puts off what the broker has not (%#)', async (result, reason) => {
  const publisher = new SlowPublisher();
  const taken = new WebhookIntake({ publisher, queues: { isSystemConfirmed: true } }).take(sender, '[]');
  publisher.answer(result);
  await expect(taken).rejects.toMatchObject({ status: 503, reason });
});

it('publishes nothing before the queues are confirmed', async () => {
  const publisher = new SlowPublisher();
  const intake = new WebhookIntake({ publisher, queues: { isSystemConfirmed: false } });
  await expect(intake.take(sender, '[]')).rejects.toMatchObject({ status: 503, reason: 'queues not confirmed' });
  expect(publisher.messages).toEqual([]);
});
