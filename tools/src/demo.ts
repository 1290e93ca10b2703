import { readFileSync } from 'node:fs';
import { connect, type ChannelModel } from 'amqplib';
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
  { firstName: 'Ada', lastName: 'Lovelace', country: 'GB', postcode: 'NG15 8EH', comment: 'Rivers are older than us.' },
  {
    firstName: 'Wangari',
    lastName: 'Maathai',
    country: 'KE',
    postcode: '00100',
    comment: 'Plant trees along it, too.',
  },
  { firstName: 'Jacques', lastName: 'Cousteau', country: 'FR', postcode: '06000', comment: '' },
  { firstName: 'Rosa', lastName: 'Parks', country: 'US', postcode: '36104', comment: 'I will not stand up.' },
  { firstName: 'Berta', lastName: 'Cáceres', country: 'HN', postcode: '15101', comment: 'Wake up.' },
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
  const all = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => all.reject(new Error(`${refs.size} signatures did not arrive within ${arrivalDeadlineMs} ms`)),
    arrivalDeadlineMs,
  );
  await channel.consume(demo.crm.queue, (message) => {
    if (!message) return;
    const body = JSON.parse(message.content.toString('utf8')) as Arrival;
    channel.ack(message);
    if (!refs.delete(body.contact.contactRef)) return;
    const { firstName, lastName, email, country, postcode } = decrypt(body, keys);
    say(`  ← ${demo.crm.queue}: ${firstName} ${lastName} <${email}>, ${country} ${postcode}`);
    if (refs.size === 0) all.resolve();
  });
  await all.promise.finally(() => clearTimeout(timer));
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
