import pg from 'pg';

/** Statuses of processing.md §1.1: what a signature without any confirmation ends as. */
const ACCEPTED = 3;
const DELIVERED = 4;
const SOURCE_ID = 1;

const INSERT_SUPPORTERS = {
  name: 'supporters',
  text: `insert into actions.supporters (campaign_id, action_page_id, source_id, fingerprint, first_name, area,
                                         processing_status, dupe_rank, inserted_at)
         select t.campaign_id, t.page_id, ${SOURCE_ID}, t.fingerprint, t.first_name, t.area, ${ACCEPTED}, t.rank, t.at
           from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::text[], $5::text[], $6::int[], $7::timestamptz[])
                as t (campaign_id, page_id, fingerprint, first_name, area, rank, at)
         returning id`,
};
const INSERT_CONTACTS = {
  name: 'contacts',
  text: `insert into actions.contacts (supporter_id, org_id, payload, crypto_nonce, public_key_id, sign_key_id,
                                       communication_consent, communication_scopes, delivery_consent, inserted_at)
         select t.supporter_id, t.org_id, t.payload, t.nonce, t.public_key_id, t.sign_key_id, t.communication,
                '{email}', t.delivery, t.at
           from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::bigint[], $7::boolean[],
                       $8::boolean[], $9::timestamptz[])
                as t (supporter_id, org_id, payload, nonce, public_key_id, sign_key_id, communication, delivery, at)`,
};
const INSERT_ACTIONS = {
  name: 'actions',
  text: `insert into actions.actions (supporter_id, action_type, campaign_id, action_page_id, source_id, with_consent,
                                      fields, processing_status, testing, inserted_at)
         select t.supporter_id, t.action_type, t.campaign_id, t.page_id, ${SOURCE_ID}, true, t.fields,
                ${DELIVERED}, t.testing, t.at
           from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::jsonb[], $6::boolean[],
                       $7::timestamptz[])
                as t (supporter_id, action_type, campaign_id, page_id, fields, testing, at)
         returning id`,
};

export async function connect(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

/** 0 for the first signature of a person, 1 for a later one: the unique index asks for that much. */
const seen = new Set();
function rankOf(ref) {
  if (seen.has(ref)) return 1;
  seen.add(ref);
  return 0;
}

async function insertSupporters(client, list) {
  const values = [
    list.map((s) => s.campaignId),
    list.map((s) => s.pageId),
    list.map((s) => Buffer.from(s.ref, 'base64url')),
    list.map((s) => s.supporter.firstName),
    list.map((s) => s.supporter.area),
    list.map((s) => rankOf(s.ref)),
    list.map((s) => s.acceptedAt),
  ];
  return (await client.query({ ...INSERT_SUPPORTERS, values })).rows.map(({ id }) => id);
}

function insertContacts(client, list, supporterIds) {
  const records = list.map(({ contacts }) => contacts[0]);
  const values = [
    supporterIds,
    records.map((c) => c.orgId),
    records.map((c) => Buffer.from(c.payload, 'base64url')),
    records.map((c) => Buffer.from(c.nonce, 'base64url')),
    records.map((c) => c.encryptKeyId),
    records.map((c) => c.signKeyId),
    records.map((c) => c.communicationConsent),
    records.map((c) => c.deliveryConsent),
    list.map((s) => s.acceptedAt),
  ];
  return client.query({ ...INSERT_CONTACTS, values });
}

async function insertActions(client, list, supporterIds) {
  const values = [
    supporterIds,
    list.map((s) => s.action.actionType),
    list.map((s) => s.campaignId),
    list.map((s) => s.pageId),
    list.map((s) => JSON.stringify(s.action.fields)),
    list.map((s) => s.action.testing),
    list.map((s) => s.acceptedAt),
  ];
  return (await client.query({ ...INSERT_ACTIONS, values })).rows.map(({ id }) => id);
}

/** Stores submissions in one transaction: one statement per table. Returns the ids of their actions, in order. */
export async function storeAll(client, list) {
  await client.query('begin');
  const supporterIds = await insertSupporters(client, list);
  await insertContacts(client, list, supporterIds);
  const actionIds = await insertActions(client, list, supporterIds);
  await client.query('commit');
  return actionIds;
}

/** Fills the parts of load/crm-message.mjs in for one submission. */
export function crmBody(parts, submission, actionId) {
  const [contact] = submission.contacts;
  const values = {
    ...submission.supporter,
    ref: submission.ref,
    payload: contact.payload,
    nonce: contact.nonce,
    actionId,
  };
  let text = parts[0];
  for (let index = 1; index < parts.length; index += 2) text += values[parts[index]] + parts[index + 1];
  return Buffer.from(text);
}
