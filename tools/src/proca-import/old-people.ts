import type { Client } from 'pg';
import { ContactBox, encodeRef, fingerprint } from '@groundswell/crypto';
import { insertRows, type Value } from './old-rows';
import { campaignIds, orgs, pages, sourceCount, targetCount, targetId } from './old-world';

export interface OldKeys {
  instance: { id: number; public: Buffer; private: Buffer };
  /** Org id → its active key; orgs without one get contacts in clear. */
  recipients: ReadonlyMap<number, { id: number; public: Buffer }>;
}

/** Somebody who acted, as a test looks for them afterwards. */
export interface OldPerson {
  kind: PersonKind;
  supporterId: number;
  actionId: number;
  pageId: number;
  email: string;
  contactRef: string;
  /** As in the contact's payload. */
  lastName: string;
}

/** Where their action stands: `waiting` has not confirmed; `undelivered` was stored just before the server stopped. */
export type PersonKind = 'delivered' | 'repeat' | 'waiting' | 'rejected' | 'undelivered';

interface PeopleSettings {
  supporters: number;
  fingerprintSeed: string;
  seed: number;
  keys: OldKeys;
}

const batchSize = 5_000;
const examplesOfKind = 3;
const firstId = 100;
const statuses: Record<PersonKind, { action: number; supporter: number }> = {
  delivered: { action: 4, supporter: 3 },
  repeat: { action: 5, supporter: 3 },
  waiting: { action: 0, supporter: 1 },
  rejected: { action: 2, supporter: 2 },
  undelivered: { action: 0, supporter: 0 },
};
const places = [
  { page: pages.green, org: orgs.green, campaign: campaignIds.river },
  { page: pages.blue, org: orgs.blue, campaign: campaignIds.river },
  { page: pages.red, org: orgs.red, campaign: campaignIds.river },
  { page: pages.forest, org: orgs.green, campaign: campaignIds.forest },
] as const;
type Place = (typeof places)[number];

const times = { inserted_at: 'timestamp', updated_at: 'timestamp' };
const tables = {
  supporters: {
    ...{ id: 'bigint', campaign_id: 'bigint', action_page_id: 'bigint', source_id: 'bigint', fingerprint: 'bytea' },
    ...{ first_name: 'text', email: 'text', area: 'text', processing_status: 'int', dupe_rank: 'int', ...times },
  },
  contacts: {
    ...{ id: 'bigint', supporter_id: 'bigint', org_id: 'bigint', payload: 'bytea', crypto_nonce: 'bytea' },
    ...{ public_key_id: 'bigint', sign_key_id: 'bigint', communication_consent: 'boolean' },
    ...{ communication_scopes: 'text[]', delivery_consent: 'boolean', ...times },
  },
  actions: {
    ...{ id: 'bigint', ref: 'bytea', supporter_id: 'bigint', action_type: 'text', campaign_id: 'bigint' },
    ...{ action_page_id: 'bigint', source_id: 'bigint', with_consent: 'boolean', fields: 'jsonb' },
    ...{ processing_status: 'int', testing: 'boolean', ...times },
  },
  donations: { action_id: 'bigint', payload: 'jsonb', amount: 'int', currency: 'text' },
  message_contents: { id: 'bigint', subject: 'text', body: 'text' },
  messages: {
    ...{ id: 'bigint', action_id: 'bigint', message_content_id: 'bigint', target_id: 'uuid', sent: 'boolean' },
    ...{ delivered: 'boolean', ...times },
  },
} as const;
type FilledTable = keyof typeof tables;

/** Supporters with their contacts, actions, donations and messages, a few thousand at a time. */
export class OldPeople {
  readonly examples: OldPerson[] = [];
  rows = 0;
  private readonly box: ContactBox;
  private readonly filled: Record<FilledTable, Value[][]> = {
    ...{ supporters: [], contacts: [], actions: [], donations: [], message_contents: [], messages: [] },
  };
  private readonly next = { contact: firstId, action: firstId, message: firstId };
  /** Accepted so far, by campaign and person. */
  private readonly accepted = new Map<string, number>();
  private state: number;

  constructor(
    private readonly client: Client,
    private readonly settings: PeopleSettings,
  ) {
    this.box = new ContactBox(settings.keys.instance.private);
    this.state = settings.seed;
  }

  async make(): Promise<void> {
    for (let number = 0; number < this.settings.supporters; number += 1) {
      this.addPerson(number);
      if (this.filled.supporters.length >= batchSize) await this.flush();
    }
    await this.flush();
  }

  /** 0 up to 1; mulberry32. */
  private random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private addPerson(number: number): void {
    const place = places[this.below(places.length)] ?? places[0];
    // One in twelve has signed before, somewhere.
    const person = number > 20 && this.below(12) === 0 ? this.below(number) : number;
    const email = `person${person}@example.org`;
    const ref = fingerprint(this.settings.fingerprintSeed, email);
    const others = this.accepted.get(`${place.campaign} ${person}`) ?? 0;
    const kind = this.kindOf(others);
    const status = statuses[kind];
    if (status.supporter === 3) this.accepted.set(`${place.campaign} ${person}`, others + 1);
    const id = firstId + number + Math.floor(number / 1_000) * 37;
    const at = timeOf(number, this.settings.supporters);
    const isCleared = status.supporter === 3 && place.campaign !== campaignIds.forest;
    const isHidden = place.org === orgs.red;
    this.filled.supporters.push([
      ...[id, place.campaign, place.page, 1 + this.below(sourceCount), hex(ref)],
      ...[
        isHidden ? null : `First${person}`,
        isCleared || isHidden ? null : email,
        ['DE', 'PL', 'FR', null][this.below(4)] ?? null,
      ],
      // Two signatures at once both took rank 0 on the old server, now and then.
      ...[status.supporter, status.supporter === 3 ? (this.below(500) === 0 ? 0 : others) : null, at, at],
    ]);
    this.addContacts(id, place, person, at);
    const actionId = this.addActions(id, place, kind, at);
    this.noteExample({
      kind,
      supporterId: id,
      actionId,
      pageId: place.page,
      email,
      contactRef: encodeRef(ref),
      lastName: `Last${person}`,
    });
  }

  private kindOf(others: number): PersonKind {
    const chance = this.below(100);
    if (chance === 0) return 'waiting';
    if (chance === 1) return 'rejected';
    if (chance === 2) return 'undelivered';
    return others > 0 && chance < 60 ? 'repeat' : 'delivered';
  }

  /** The collector's, and the lead's where the person agreed (processing.md §3.1). */
  private addContacts(supporterId: number, { org }: Place, person: number, at: string): void {
    const payload = JSON.stringify({
      area: 'PL',
      country: 'PL',
      email: `person${person}@example.org`,
      firstName: `First${person}`,
      lastName: `Last${person}`,
      postcode: '02-123',
    });
    this.addContact(supporterId, { org, payload, at, consent: this.below(3) > 0, isDelivery: true });
    if (org !== orgs.green && this.below(3) === 0) {
      this.addContact(supporterId, { org: orgs.green, payload, at, consent: true, isDelivery: false });
    }
  }

  private addContact(
    supporterId: number,
    contact: { org: number; payload: string; at: string; consent: boolean; isDelivery: boolean },
  ): void {
    const key = this.settings.keys.recipients.get(contact.org);
    const sealed = key ? this.box.encrypt(key.public, contact.payload) : null;
    this.filled.contacts.push([
      ...[this.next.contact++, supporterId, contact.org, hex(sealed?.payload ?? Buffer.from(contact.payload))],
      ...[sealed ? hex(sealed.nonce) : null, key?.id ?? null, key ? this.settings.keys.instance.id : null],
      ...[contact.consent, '{email}', contact.isDelivery, contact.at, contact.at],
    ]);
  }

  /** Returns the id of the action that carries consent. */
  private addActions(supporterId: number, place: Place, kind: PersonKind, at: string): number {
    const { action: status } = statuses[kind];
    const isMtt = place.campaign === campaignIds.forest;
    const fields = JSON.stringify({ comment: 'please', number: this.below(100) });
    const id = this.addAction(supporterId, place, {
      type: isMtt ? 'mail2target' : 'register',
      consent: true,
      fields,
      status,
      at,
    });
    if (isMtt) this.addMessages(id, kind, at);
    if (kind === 'delivered' && this.below(5) === 0) {
      this.addAction(supporterId, place, { type: 'share', consent: false, fields: '{}', status: 4, at });
    }
    if (kind === 'delivered' && this.below(50) === 0) {
      const gift = this.addAction(supporterId, place, { type: 'donate', consent: false, fields: '{}', status: 4, at });
      this.filled.donations.push([gift, '{"provider": "stripe"}', 100 + this.below(10_000), 'EUR']);
    }
    if (this.below(100) === 0) {
      const unknown = Buffer.from(encodeRef(fingerprint('visitor', String(supporterId))));
      this.addAction(null, place, { type: 'share', consent: false, fields: '{}', status: 0, at, ref: hex(unknown) });
    }
    return id;
  }

  private addAction(
    supporterId: number | null,
    { campaign, page }: Place,
    action: { type: string; consent: boolean; fields: string; status: number; at: string; ref?: string },
  ): number {
    const id = this.next.action++;
    const { type, consent, fields, status, at, ref = null } = action;
    this.filled.actions.push([
      ...[id, ref, supporterId, type, campaign, page, 1 + this.below(sourceCount), consent, fields, status],
      ...[this.below(200) === 0, at, at],
    ]);
    return id;
  }

  private addMessages(actionId: number, kind: PersonKind, at: string): void {
    const content = this.next.message;
    this.filled.message_contents.push([content, 'Dear member', 'Please save the forest']);
    const first = this.below(targetCount);
    for (let index = 0; index < 2; index += 1) {
      const target = targetId(1 + ((first + index) % targetCount));
      const isSent = kind === 'delivered' && this.below(10) > 0;
      this.filled.messages.push([this.next.message++, actionId, content, target, isSent, isSent, at, at]);
    }
  }

  private noteExample(person: OldPerson): void {
    const known = this.examples.filter(({ kind, pageId }) => kind === person.kind && pageId === person.pageId);
    const isKnown = this.examples.some(({ email }) => email === person.email);
    if (known.length < examplesOfKind && !isKnown) this.examples.push(person);
  }

  private async flush(): Promise<void> {
    for (const table of Object.keys(tables) as FilledTable[]) {
      const rows = this.filled[table];
      if (rows.length > 0) await insertRows(this.client, table, tables[table], rows);
      this.rows += rows.length;
      this.filled[table] = [];
    }
  }
}

const hex = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString('hex')}`;

/** Two years up to now, in the order of the ids. */
function timeOf(number: number, all: number): string {
  const spanMs = 2 * 365 * 86_400_000;
  const at = Date.now() - spanMs + Math.floor((number / Math.max(1, all)) * spanMs);
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
