import amqp from 'amqplib';
import { waitUntil } from '../../tools/process/wait.mjs';

const FLOOR_VHOST = 'bench-floor';

/** One request to the management API; 404 counts as an answer when `allowMissing`. */
async function manage(managementUrl, method, path, body, allowMissing = false) {
  const { username, password, origin } = new URL(managementUrl);
  const headers = {
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  const response = await fetch(`${origin}/api/${path}`, {
    method,
    headers,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok && !(allowMissing && response.status === 404)) {
    throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
  }
  return text ? JSON.parse(text) : null;
}

const inVhost = (amqpUrl, vhost) => {
  const url = new URL(amqpUrl);
  url.pathname = `/${encodeURIComponent(vhost)}`;
  return url.href;
};

/** One side of the comparison in the broker: the product's vhost or the floors'. */
export class BrokerSide {
  constructor(amqpUrl, managementUrl, vhost) {
    this.amqpUrl = vhost === '/' ? amqpUrl : inVhost(amqpUrl, vhost);
    this.managementUrl = managementUrl;
    this.vhost = encodeURIComponent(vhost);
  }

  async open() {
    this.connection = await amqp.connect(this.amqpUrl);
    this.connection.on('error', () => {});
    this.channel = await this.connection.createChannel();
    return this;
  }

  close() {
    return this.connection?.close().catch(() => {});
  }

  /** Messages ready in these queues together. A passive declaration asks the queue itself; management figures are seconds old. */
  async ready(queues) {
    const counts = await Promise.all(queues.map((queue) => this.channel.checkQueue(queue)));
    return counts.reduce((total, { messageCount }) => total + messageCount, 0);
  }

  /** Through the management API, and then until the queues themselves say so. */
  async purge(queues) {
    for (const queue of queues) {
      const path = `queues/${this.vhost}/${encodeURIComponent(queue)}/contents`;
      await manage(this.managementUrl, 'DELETE', path, undefined, true);
    }
    await waitUntil('purged queues are empty', async () => (await this.ready(queues)) === 0, { deadlineMs: 20_000 });
  }

  /** Names of this vhost's queues that start with `prefix`. */
  async queuesNamed(prefix) {
    const queues = await manage(this.managementUrl, 'GET', `queues/${this.vhost}?columns=name`);
    return queues.map(({ name }) => name).filter((name) => name.startsWith(prefix));
  }

  /** Takes one message out of the first of these queues that has one, or null. */
  async takeOne(queues) {
    for (const queue of queues) {
      const message = await this.channel.get(queue, { noAck: true });
      if (message) return message;
    }
    return null;
  }

  /** Takes `count` messages from a queue and calls `look` with each; stops early when no more come for a second. */
  async takeAll(queue, count, look) {
    const channel = await this.connection.createChannel();
    let taken = 0;
    await new Promise((resolve, reject) => {
      let timer = setTimeout(resolve, 1_000);
      const onMessage = (message) => {
        timer.refresh();
        look(message);
        taken += 1;
        if (taken >= count) {
          clearTimeout(timer);
          resolve();
        }
      };
      channel.consume(queue, onMessage, { noAck: true }).catch((error) => {
        clearTimeout(timer);
        reject(error);
      });
    });
    await channel.close();
    return taken;
  }

  version() {
    return manage(this.managementUrl, 'GET', 'overview').then((overview) => ({
      rabbitmq: overview.rabbitmq_version,
      erlang: overview.erlang_version,
    }));
  }
}

export const openProductSide = (infra) => new BrokerSide(infra.amqpUrl, infra.amqpManagementUrl, '/').open();

/** The floors get a vhost of their own with the product's layout, so that no purge or policy of one side touches the other. */
export async function openFloorSide(infra, { ingest, deliver, partitions, ingestQueue, crmQueue, crmPattern }) {
  const { username } = new URL(infra.amqpUrl);
  await manage(infra.amqpManagementUrl, 'PUT', `vhosts/${FLOOR_VHOST}`, {});
  const everything = { configure: '.*', write: '.*', read: '.*' };
  await manage(infra.amqpManagementUrl, 'PUT', `permissions/${FLOOR_VHOST}/${username}`, everything);
  const side = await new BrokerSide(infra.amqpUrl, infra.amqpManagementUrl, FLOOR_VHOST).open();
  const { channel } = side;
  const quorum = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
  await channel.assertExchange(ingest, 'topic', { durable: true });
  await channel.assertExchange(deliver, 'topic', { durable: true });
  for (let partition = 0; partition < partitions; partition += 1) {
    await channel.assertQueue(ingestQueue(partition), quorum);
    await channel.bindQueue(ingestQueue(partition), ingest, String(partition));
  }
  await channel.assertQueue(crmQueue, quorum);
  await channel.bindQueue(crmQueue, deliver, crmPattern);
  await channel.assertQueue('floor.in', quorum);
  return side;
}
