import { randomBytes } from 'node:crypto';
import type { GatewayFleet } from './gateway.fixture';

export interface ExportedPerson {
  ref: Buffer;
  supporterId: number;
  actionId: number;
}

interface Signature {
  pageId: number;
  campaignId: number;
  /** Orgs with a record. */
  orgIds: number[];
  ref?: Buffer;
  action?: Record<string, unknown>;
  supporter?: Record<string, unknown>;
  contact?: Record<string, unknown>;
}

/** Accepted and delivered, as action-ingest leaves it, unless told otherwise. */
export async function insertSignature(
  fleet: GatewayFleet,
  { pageId, campaignId, orgIds, ref = randomBytes(32), action = {}, supporter = {}, contact = {} }: Signature,
): Promise<ExportedPerson> {
  const place = { campaign_id: campaignId, action_page_id: pageId };
  const person = { ...place, fingerprint: ref, processing_status: 3, dupe_rank: null, ...supporter };
  const supporterId = await fleet.insert('supporters', person, 'actions');
  for (const orgId of orgIds) {
    const record = {
      supporter_id: supporterId,
      org_id: orgId,
      payload: Buffer.from('{"firstName":"Harald"}'),
      communication_consent: true,
      ...contact,
    };
    await fleet.insert('contacts', record, 'actions');
  }
  const row = {
    ...place,
    supporter_id: supporterId,
    action_type: 'register',
    with_consent: true,
    processing_status: 4,
    ...action,
  };
  return { ref, supporterId, actionId: await fleet.insert('actions', row, 'actions') };
}
