import { randomFillSync } from 'node:crypto';
import { createServer } from 'node:http';
import amqp from 'amqplib';
import sodium from 'libsodium-wrappers';
import { answerBench } from '../harness/child.mjs';

/**
 * The accept path without a framework: node:http, one JSON.parse, one box, one confirmed publish, one answer. No GraphQL, no
 * contact rules, no catalogue, no spool. `sample` is a submission of the product; this program publishes the same text with
 * another ciphertext of the same length in it.
 */
function openSealer(sample) {
  const { payload, nonce } = JSON.parse(sample).contacts[0];
  const pair = sodium.crypto_box_keypair();
  const shared = sodium.crypto_box_beforenm(sodium.crypto_box_keypair().publicKey, pair.privateKey);
  const plainBytes = Buffer.from(payload, 'base64url').length - sodium.crypto_box_MACBYTES;
  const [head, tail] = sample.split(payload);
  const nonceBytes = Buffer.alloc(Buffer.from(nonce, 'base64url').length);
  return (contact) => {
    const text = JSON.stringify(contact);
    const plain = Buffer.alloc(plainBytes, 32);
    plain.write(text);
    randomFillSync(nonceBytes, 0, 8);
    const cipher = sodium.crypto_box_easy_afternm(plain, nonceBytes, shared);
    return Buffer.from(head + Buffer.from(cipher).toString('base64url') + tail);
  };
}

async function start({ amqpUrl, exchange, partitions, sample }) {
  await sodium.ready;
  const connection = await amqp.connect(amqpUrl, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  channel.on('return', () => process.exit(1));
  const seal = openSealer(sample);
  const { ref, supporter } = JSON.parse(sample);
  const answer = JSON.stringify({ data: { addActionContact: { contactRef: ref, firstName: supporter.firstName } } });
  const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(answer) };
  let lastPartition = 0;

  const accept = (text, response) => {
    const { variables } = JSON.parse(text);
    lastPartition = (lastPartition + 1) % partitions;
    const options = { persistent: true, mandatory: true, messageId: ref };
    channel.publish(exchange, String(lastPartition), seal(variables.contact), options, (error) => {
      response.writeHead(error ? 500 : 200, headers);
      response.end(answer);
    });
  };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => accept(Buffer.concat(chunks).toString(), response));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port };
}

answerBench({ start });
