import { CUSTOM_FIELDS, PAGE_URL, SOURCE, personOf } from './people.mjs';

const FINGERPRINT_SEED = 'bench';
const SCHEMA = 'groundswell:submission:1';

/**
 * Submissions as the gateway makes them, as messages ready for exchange `ingest`: contact rules, consent copies and box are the
 * product's own. `duplicateShare` 0.1: every tenth is a person who is among the others already.
 */
export function buildSubmissions(libs, scope, { count, duplicateShare = 0 }) {
  const box = new libs.ContactBox(libs.generateKeyPair().private);
  const every = duplicateShare > 0 ? Math.round(1 / duplicateShare) : Infinity;
  const messages = [];
  for (let number = 0; number < count; number += 1) {
    const isDuplicate = number % every === every - 1;
    messages.push(buildOne(libs, scope, box, personOf(isDuplicate ? number - (every >> 1) : number)));
  }
  return messages;
}

function buildOne(libs, scope, box, { firstName, lastName, email, country, postcode }) {
  const input = { firstName, lastName, email, address: { country, postcode } };
  const checked = libs.validateContact('basic', input, new Date());
  if (!checked.ok) throw new Error(`the contact rules refuse a person of the bench: ${JSON.stringify(checked.errors)}`);
  const { contact } = checked;
  const copyKind = { highSecurity: false, hasMtt: false };
  const refBytes = libs.fingerprint(FINGERPRINT_SEED, contact.fingerprintInput);
  const { payload, nonce } = box.encrypt(scope.orgPublicKey, JSON.stringify(contact.payload));
  const submission = {
    schema: SCHEMA,
    id: libs.uuidV7(),
    acceptedAt: new Date().toISOString(),
    pageId: scope.pageId,
    campaignId: scope.campaignId,
    orgId: scope.orgId,
    ref: libs.encodeRef(refBytes),
    kind: 'contact',
    carriedRef: null,
    supporter: libs.clearCopies(copyKind, contact),
    clearAtDeliver: libs.copiesClearedAtDeliver(copyKind),
    contacts: [
      {
        orgId: scope.orgId,
        payload: payload.toString('base64url'),
        nonce: nonce.toString('base64url'),
        encryptKeyId: scope.encryptKeyId,
        signKeyId: scope.signKeyId,
        communicationConsent: true,
        deliveryConsent: true,
      },
    ],
    source: { ...SOURCE, location: PAGE_URL },
    action: { actionType: 'petition', fields: CUSTOM_FIELDS, testing: false, donation: null, mtt: null },
  };
  libs.contactSubmissionV1.parse(submission);
  return {
    id: submission.id,
    partition: libs.partitionOfRef(refBytes, libs.partitionCount),
    body: Buffer.from(JSON.stringify(submission)),
  };
}

/**
 * Publishes them all, confirmed, to `exchange`, or to one `queue` through the default exchange. At most 2 000 are on their way
 * at a time.
 */
export async function prefill(side, messages, { exchange, queue }) {
  const channel = await side.connection.createConfirmChannel();
  for (let from = 0; from < messages.length; from += 2_000) {
    for (const { id, partition, body } of messages.slice(from, from + 2_000)) {
      const options = { persistent: true, messageId: id, type: SCHEMA };
      channel.publish(exchange ?? '', queue ?? String(partition), body, options);
    }
    await channel.waitForConfirms();
  }
  await channel.close();
}
