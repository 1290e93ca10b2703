import type { Channel } from 'amqplib';

const closeLimitMs = 1_000;

/** Closes a channel whatever state it or its connection is in. amqplib throws when it is closed already, which is what is
 *  wanted here, and waits for ever for the answer of a connection that was cut. */
export async function closeQuietly(channel: Channel): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeLimitMs)));
  const closed = Promise.resolve()
    .then(() => channel.close())
    .catch(() => undefined);
  await Promise.race([closed, late]);
  clearTimeout(timer);
}
