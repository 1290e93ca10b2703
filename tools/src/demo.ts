import { readFileSync } from 'node:fs';
import { connect, type ChannelModel, type ConsumeMessage } from 'amqplib';
import { z } from 'zod';
import { loadConfigOrExit } from '@groundswell/config';
import { cryptoReady, openBox } from '@groundswell/crypto';
import { readKeyStore, type KeyStore } from './demo/demo-campaign';
import { GraphqlClient } from './demo/graphql-client';

/** Signs the demo page as a few people and shows each signature arriving at the org's CRM queue, decrypted. */
const settings = loadConfigOrExit(z.object({ GATEWAY_URL: z.url(), RUN_JSON: z.string() }));
const { demo } = JSON.parse(readFileSync(settings.RUN_JSON, 'utf8')) as {
  demo: { pageId: number; crm: { amqpUrl: string; queue: string; keyFile: string } };
};
const arrivalDeadlineMs = 30_000;

const people = [
  { firstName: 'Alma', lastName: 'Fjord', country: 'NO', postcode: '5003', comment: 'We swim here every summer.' },
  { firstName: 'Imani', lastName: 'Waweru', country: 'KE', postcode: '00100', comment: 'Plant trees along it, too.' },
  { firstName: 'Luc', lastName: 'Rivière', country: 'FR', postcode: '06000', comment: '' },
  {
    firstName: 'Zofia',
    lastName: 'Rzeka',
    country: 'PL',
    postcode: '02-123',
    comment: 'The salmon came back last year.',
  },
  { firstName: 'Mateo', lastName: 'Ríos', country: 'HN', postcode: '15101', comment: 'No dam.' },
];

const sign = `mutation sign($page: Int!, $action: ActionInput!, $contact: ContactInput!, $privacy: ConsentInput!) {
  addActionContact(actionPageId: $page, action: $action, contact: $contact, privacy: $privacy) { contactRef firstName }
}`;

interface Arrival {
  contact: { contactRef: string };
  personalInfo: { payload: string; nonce: string; encryptKey: { public: string }; signKey: { public: string } } | null;
}

function decrypt({ personalInfo }: Arrival, keys: KeyStore): Record<string, string> {
  const key = personalInfo && keys[personalInfo.encryptKey.public];
  if (!personalInfo || !key) return {};
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  const sealed = { payload: bytes(personalInfo.payload), nonce: bytes(personalInfo.nonce) };
  return JSON.parse(openBox(sealed, bytes(personalInfo.signKey.public), bytes(key.private))) as Record<string, string>;
}

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Takes messages until every wanted reference has come; those of earlier runs are acked on the way. */
async function showArrivals(model: ChannelModel, refs: Set<string>): Promise<void> {
  const keys = readKeyStore(demo.crm.keyFile);
  const channel = await model.createChannel();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${refs.size} signatures did not arrive within ${arrivalDeadlineMs} ms`)),
      arrivalDeadlineMs,
    );
    const take = (message: ConsumeMessage | null): void => {
      if (!message) return;
      const body = JSON.parse(message.content.toString('utf8')) as Arrival;
      channel.ack(message);
      if (!refs.delete(body.contact.contactRef)) return;
      const { firstName, lastName, email, country, postcode } = decrypt(body, keys);
      say(`  ← ${demo.crm.queue}: ${firstName} ${lastName} <${email}>, ${country} ${postcode}`);
      if (refs.size > 0) return;
      clearTimeout(timer);
      resolve();
    };
    channel.consume(demo.crm.queue, take).catch(reject);
  });
}

await cryptoReady();
const client = new GraphqlClient(settings.GATEWAY_URL);
const refs = new Set<string>();
for (const { firstName, lastName, country, postcode, comment } of people) {
  const answer = await client.call<{ addActionContact: { contactRef: string } }>(sign, {
    page: demo.pageId,
    action: { actionType: 'register', customFields: JSON.stringify(comment ? { comment } : {}) },
    contact: {
      firstName,
      lastName,
      email: `${firstName.toLowerCase()}.${Date.now().toString(36)}@example.org`,
      address: { country, postcode },
    },
    privacy: { optIn: true },
  });
  refs.add(answer.addActionContact.contactRef);
  say(`  → signed: ${firstName} ${lastName}`);
}
const model = await connect(demo.crm.amqpUrl);
try {
  await showArrivals(model, refs);
} finally {
  await model.close();
}
