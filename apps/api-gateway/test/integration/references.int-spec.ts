import { randomBytes } from 'node:crypto';
import {
  actionIngestRequestV1,
  exchanges,
  ingestQueue,
  partitionCount,
  referenceRefusals,
  type EraseContactV1,
} from '@groundswell/contracts';
import { partitionOfRef } from '@groundswell/crypto';
import { adminMask } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import { insertSignature } from './exported-world';
import { FixesWorld, type Person } from './fixes.fixture';
import { ServiceStandIn } from './service-stand-in.fixture';

let world: FixesWorld;
let admin: Person;
const actionIngest = new ServiceStandIn('action-ingest', actionIngestRequestV1);

beforeAll(async () => {
  world = await FixesWorld.start();
  admin = await world.person(adminMask);
  await world.fleet.vhost.declareExchange(exchanges.event);
  await actionIngest.start(world);
});
afterAll(() => world.fleet.close());
beforeEach(() => actionIngest.beginAnew());

const text = (ref: Buffer): string => ref.toString('base64url');
const token = () => world.lead.owner.token;

/** A person of the lead's campaign who has another reference now. */
async function aMovedPerson(): Promise<{ former: Buffer; present: Buffer; actionId: number }> {
  const [former, present] = [randomBytes(32), randomBytes(32)];
  const campaignId = await world.addCampaign(world.lead, {});
  const pageId = await world.addPage(world.lead, campaignId);
  const place = { pageId, campaignId, orgIds: [world.lead.id] };
  const { actionId } = await insertSignature(world.fleet, { ...place, ref: present });
  await world.fleet.sql.query('insert into actions.reference_aliases (old_ref, new_ref) values ($1, $2)', [
    former,
    present,
  ]);
  return { former, present, actionId };
}

describe('recalculateReferences', () => {
  const run = (bearer: string) =>
    world.gateway.post('mutation { answer: recalculateReferences { jobId alreadyRunning } }', {}, bearer);

  it('asks action-ingest for the job, with an audit entry', async () => {
    actionIngest.reply = { ok: true, value: { jobId: 77, alreadyRunning: false } };
    expect((await run(admin.token)).data).toEqual({ answer: { jobId: '77', alreadyRunning: false } });
    expect(actionIngest.asked).toMatchObject([{ kind: 'recalculate_references', requestedBy: `user ${admin.id}` }]);
    expect(await world.auditsOf('job', 'actions')).toEqual([{ operation: 'recalculateReferences' }]);
  });

  it('says what is missing where there is no former seed', async () => {
    actionIngest.reply = {
      ok: false,
      code: referenceRefusals.notConfigured,
      text: 'FINGERPRINT_SEED_BEFORE is not set',
    };
    expect((await run(admin.token)).errors).toMatchObject([
      { message: 'FINGERPRINT_SEED_BEFORE is not set', extensions: { reason: 'not_configured' } },
    ]);
  });

  it('is for those who manage all orgs', async () => {
    expect((await run(token())).errors?.[0]?.extensions).toMatchObject({ code: 'permission_denied' });
    expect(actionIngest.asked).toEqual([]);
  });
});

describe('a former reference', () => {
  it('leads to the person in exportContact, as the present one does', async () => {
    const { former, present, actionId } = await aMovedPerson();
    const query = 'query ($org: String!, $ref: String!) { answer: exportContact(orgName: $org, contactRef: $ref) }';
    for (const ref of [former, present]) {
      const { data } = await world.gateway.post(query, { org: world.lead.name, ref: text(ref) }, token());
      expect(JSON.parse((data as unknown as { answer: string }).answer)).toMatchObject({
        contactRef: text(present),
        signatures: [{ actions: [{ actionId }] }],
      });
    }
  });

  it('still works in a link that was mailed', async () => {
    const { former, present, actionId } = await aMovedPerson();
    const { app } = world.gateway;
    const follow = (ref: Buffer) => app.inject({ method: 'GET', url: `/link/s/${actionId}/accept/${text(ref)}` });
    for (const ref of [former, present]) expect((await follow(ref)).statusCode).toBe(200);
    expect((await follow(randomBytes(32))).statusCode).toBe(404);
  });

  it('erases the person under all references, by a command for the present one', async () => {
    const { former, present } = await aMovedPerson();
    const mutation = 'mutation ($org: String!, $ref: String!) { eraseContact(orgName: $org, contactRef: $ref) { id } }';
    const answer = world.gateway.post(mutation, { org: world.lead.name, ref: text(former) }, token());
    const command = await waitFor(async () => {
      const [taken] = await world.fleet.vhost.drain(ingestQueue(partitionOfRef(present, partitionCount)));
      return taken && (JSON.parse(taken.content.toString()) as EraseContactV1);
    });
    expect(command).toMatchObject({ kind: 'erase_contact', orgId: world.lead.id, ref: text(present) });
    const counts = { contacts: 1, supporters: 0, outbox: 0, parked: 0, messagesSent: 0, messagesLeaving: 0 };
    await world.fleet.sql.query('insert into actions.erasure_receipts (id, counts) values ($1, $2)', [
      command.id,
      JSON.stringify(counts),
    ]);
    expect((await answer).errors).toBeUndefined();
    const { rows } = await world.fleet.sql.query<{ ref: Buffer; erased_at: Date }>(
      'select ref, erased_at from catalog.erasures where org_id = $1 and ref = any($2)',
      [world.lead.id, [former, present]],
    );
    expect(new Set(rows.map(({ ref }) => text(ref)))).toEqual(new Set([text(former), text(present)]));
    expect(new Set(rows.map(({ erased_at: at }) => +at))).toEqual(new Set([+new Date(command.erasedAt)]));
  });
});
