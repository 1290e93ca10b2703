import { createRequire } from 'node:module';
import { type KeyStore, loadKeyStoreFromFile } from '@proca/crypto';
import { ActionWriter, type DeliveredAction } from './civicrm/action-writer';
import { CiviCrm } from './civicrm/civicrm';

/*
 * Writes the actions of an org's queue to CiviCRM: a sample integration, with the published client of the queue. What it
 * writes and what CiviCRM must have for it: docs/civicrm.md.
 *
 *   CIVICRM_URL=https://crm.example.org CIVICRM_KEY=… CIVICRM_ACTIVITY_TYPE=57 CIVICRM_GROUP=4 \
 *   AMQP_URL=amqps://… QUEUE=ORG.crm KEYS=keys.json node dist/tools/civicrm-sync.js
 */
type Message = Partial<DeliveredAction> & { schema: string; stage?: string; eventType?: string };
type SyncQueue = (
  url: string,
  queue: string,
  take: (message: Message) => Promise<boolean>,
  options: { keyStore: KeyStore; concurrency: number; tag: string },
) => Promise<void>;

// The package as an ES module does not start, and it comes without types.
const { syncQueue } = createRequire(import.meta.url)('@proca/queue') as { syncQueue: SyncQueue };

function setting(name: string, byDefault?: string): string {
  const value = process.env[name] || byDefault;
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
function numberOf(name: string, byDefault?: string): number {
  const value = Number(setting(name, byDefault));
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} is no whole number above 0`);
  return value;
}
const log = (line: string): void => void process.stderr.write(`${line}\n`);

const keyFile = setting('KEYS', '');
const keyStore = keyFile ? loadKeyStoreFromFile(keyFile) : { filename: null, readFromFile: false, keys: [] };
const civicrm = new CiviCrm(
  new URL(setting('CIVICRM_URL')),
  setting('CIVICRM_KEY'),
  numberOf('CIVICRM_TIMEOUT_MS', '10000'),
);
const writer = new ActionWriter(civicrm, numberOf('CIVICRM_ACTIVITY_TYPE'), numberOf('CIVICRM_GROUP'));

/** Why there is nothing to write for a message. */
function reasonToSkip(message: Message): string | null {
  if (message.schema === 'proca:event:2' || message.stage === 'system') return `event ${message.eventType}`;
  if (message.action?.testing) return 'a test';
  // Another org collected the action, and the person did not agree that this one gets the contact.
  if (message.privacy?.withConsent === false) return 'without contact';
  return null;
}

/** Why a message cannot be written, however often it comes. */
function reasonToRefuse({ schema, stage, actionId, contact, personalInfo }: Message): string | null {
  if (schema !== 'proca:action:2') return `schema ${schema}: the org needs action schema version 2`;
  if (stage !== 'deliver') return `stage ${stage}: this is not the queue of delivered actions`;
  if (!actionId) return 'no action id';
  // Without it the contact holds only the copies that travel in clear.
  const isReadable = !personalInfo || keyStore.keys.some((key) => key.public === personalInfo.encryptKey.public);
  if (!isReadable) return `no private half of key ${personalInfo.encryptKey.public} in KEYS`;
  return contact?.email ? null : 'no email to find the contact by';
}

/** True: done, the client acks. False: the client gives it back to the queue once, then rejects it. What is thrown it rejects
 *  at once. The broker brings back what was rejected after its retry time. */
async function take(message: Message): Promise<boolean> {
  const name = `action ${message.actionId}`;
  const skipping = reasonToSkip(message);
  if (skipping) log(`${name}: ${skipping}, nothing to write`);
  if (skipping) return true;
  const refusal = reasonToRefuse(message);
  if (refusal) throw new Error(`${name} rejected: ${refusal}`);
  try {
    await writer.write(message as DeliveredAction);
    return true;
  } catch (error) {
    log(`${name} not written: ${String(error)}`);
    return false;
  }
}

// One at a time: CiviCRM has no unique email, so two actions of a new person side by side would make two contacts.
await syncQueue(setting('AMQP_URL'), setting('QUEUE'), take, { keyStore, concurrency: 1, tag: 'civicrm-sync' });
