import amqp from 'amqplib';
import { answerBench } from '../harness/child.mjs';
import { connect, crmBody, storeAll } from './drain-work.mjs';

/**
 * What the drain would be without batches: one transaction per action, one confirmed message, one ack, with `inFlight` actions
 * at a time, each on a database connection of its own so that their commits can share a flush.
 */
async function start({ amqpUrl, databaseUrl, queue, inFlight, parts, exchange, routingKey }) {
  const clients = await Promise.all(Array.from({ length: inFlight }, () => connect(databaseUrl)));
  const consuming = await (await amqp.connect(amqpUrl, { noDelay: true })).createChannel();
  const publishing = await (await amqp.connect(amqpUrl, { noDelay: true })).createConfirmChannel();
  const confirmed = (body, messageId) =>
    new Promise((resolve, reject) => {
      const options = { persistent: true, mandatory: true, messageId };
      publishing.publish(exchange, routingKey, body, options, (error) => (error ? reject(error) : resolve()));
    });

  async function handle(message) {
    // Prefetch is `inFlight`, so there is always a free client.
    const client = clients.pop();
    const submission = JSON.parse(message.content.toString());
    const [actionId] = await storeAll(client, [submission]);
    clients.push(client);
    await confirmed(crmBody(parts, submission, actionId), `action:${actionId}:deliver:${submission.orgId}`);
    consuming.ack(message);
  }

  await consuming.prefetch(inFlight);
  await consuming.consume(queue, (message) => {
    handle(message).catch((error) => {
      process.stderr.write(`one by one: ${error.stack}\n`);
      process.exit(1);
    });
  });
}

answerBench({ start });
