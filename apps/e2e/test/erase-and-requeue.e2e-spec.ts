import { randomUUID } from 'node:crypto';
import { exchanges, ingestKey, ingestQueue, partitionCount } from '@groundswell/contracts';
import { decodeRef, partitionOfRef } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import {
  aCampaign,
  anOrg,
  aPage,
  aSignature,
  newEmail,
  signMutation,
  type TestOrg,
  type TestPage,
} from '../src/campaign-world';
import { Arrivals } from '../src/crash/queue-log';
import { TestFleet } from '../src/test-fleet';
import { tracesOf } from '../src/traces';

interface Signed {
  addActionContact: { contactRef: string };
}

describe('what was given comes out again, and can be taken back', () => {
  let fleet: TestFleet;
  const arrivals: Arrivals[] = [];

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
  });
  afterAll(async () => {
    for (const one of arrivals) await one.stop();
    await fleet.stop();
  });

  const sign = async (page: TestPage, email: string): Promise<string> => {
    const contact = { firstName: 'Harald', lastName: 'Bower', email, address: { country: 'PL' } };
    const signature = aSignature(page, { contact, privacy: { optIn: true, leadOptIn: true } });
    return (await fleet.anonymous.data<Signed>(signMutation, signature)).addActionContact.contactRef;
  };
  const listen = async (org: TestOrg): Promise<Arrivals> => {
    const own = new Arrivals();
    arrivals.push(own);
    own.listen(await fleet.crmLogin(org.id), `${org.name}.crm`);
    return own;
  };
  const actionIds = async (org: TestOrg): Promise<number[]> => {
    const { actions } = await org.owner.data<{ actions: { actionId: number }[] }>(
      'query ($org: String!) { actions(orgName: $org, limit: 1000) { actionId } }',
      { org: org.name },
    );
    return actions.map(({ actionId }) => actionId);
  };
  const erase = async (org: TestOrg, contactRef: string) => {
    const { eraseContact } = await org.owner.data<{ eraseContact: { id: string; counts: string } }>(
      'mutation ($org: String!, $ref: String!) { eraseContact(orgName: $org, contactRef: $ref) { id erasedAt counts } }',
      { org: org.name, ref: contactRef },
    );
    return JSON.parse(eraseContact.counts) as { state: string; erased: object; left: object };
  };

  it('a requeue sends it to ORG.crm again, under a purpose of its own each time', async () => {
    const org = await anOrg(fleet, { withKey: false });
    const page = await aPage(org, await aCampaign(org));
    const crm = await listen(org);
    await sign(page, newEmail());
    const [id] = await waitFor(async () => {
      const ids = await actionIds(org);
      return ids.length === 1 && crm.idsByAction.get(ids[0] ?? 0)?.size === 1 && ids;
    });
    const requeue = () =>
      org.owner.data(
        `mutation ($org: String!, $ids: [Int!]) {
           requeueActions(orgName: $org, ids: $ids, queue: CUSTOM_ACTION_DELIVER) { count failed } }`,
        { org: org.name, ids: [id, 999_999_999] },
      );
    expect(await requeue()).toEqual({ requeueActions: { count: 1, failed: 0 } });
    expect(await requeue()).toEqual({ requeueActions: { count: 1, failed: 0 } });
    const ids = await waitFor(() => {
      const seen = [...(crm.idsByAction.get(id ?? 0) ?? [])];
      return seen.length === 3 && seen.sort();
    });
    const first = `action:${id}:deliver:${org.id}`;
    expect(ids).toEqual([first, `${first}:r1`, `${first}:r2`]);
    const wrong = await org.owner.data(
      'mutation ($org: String!, $ids: [Int!]) { requeueActions(orgName: $org, ids: $ids, queue: SQS) { count failed } }',
      { org: org.name, ids: [id] },
    );
    expect(wrong).toEqual({ requeueActions: { count: 1, failed: 1 } });
  });

  it('tells a person what an org holds, and nothing once it is erased', async () => {
    const org = await anOrg(fleet);
    const page = await aPage(org, await aCampaign(org));
    const ref = await sign(page, newEmail());
    const report = async () => {
      const { exportContact } = await org.owner.data<{ exportContact: string }>(
        'query ($org: String!, $ref: String!) { exportContact(orgName: $org, contactRef: $ref) }',
        { org: org.name, ref },
      );
      return JSON.parse(exportContact) as { signatures: { contact: object | null }[]; erasedAt: string | null };
    };
    const held = await waitFor(async () => {
      const one = await report();
      return one.signatures.length === 1 && one;
    });
    expect(held).toMatchObject({
      erasedAt: null,
      signatures: [{ page: expect.any(String), contact: { nonce: expect.any(String) }, actions: [{}] }],
    });
    await org.owner.data('mutation ($org: String!, $ref: String!) { deleteContact(orgName: $org, contactRef: $ref) }', {
      org: org.name,
      ref,
    });
    const after = await report();
    expect(after.erasedAt).not.toBeNull();
    expect(after.signatures).toMatchObject([{ contact: null, email: null }]);
  });

  it('an erasure leaves the email nowhere: no table, outbox, spool, parked message or log; the receipt counts it', async () => {
    const [lead, partner] = [await anOrg(fleet, { withKey: false }), await anOrg(fleet, { withKey: false })];
    // Mail to targets keeps clear copies for as long as it runs.
    const mtt = { startAt: '2026-01-01T00:00:00Z', endAt: '2036-01-01T00:00:00Z' };
    const page = await aPage(partner, await aCampaign(lead, { mtt }));
    const crm = await listen(lead);
    await fleet.crmLogin(partner.id);
    const email = newEmail();
    const ref = await sign(page, email);
    await waitFor(() => crm.idsByAction.size === 1);
    await fillQueueOf(partner, () => sign(page, email));
    await settled(lead);
    await leaveCopies(ref, email, [lead.id, partner.id]);
    expect(await tracesOf(email, fleet.sql, fleet.home.logDir)).toEqual([
      'actions.contacts.payload',
      'actions.outbox.body',
      'actions.parked.body',
      'actions.supporters.email',
      'catalog.outbox.body',
    ]);
    const { rows } = await fleet.sql.query<{ lane: number; signed: number; sent: number; waiting: number }>(
      `select lane::int, (select count(*)::int from actions.supporters where fingerprint = $2) as signed,
              (select count(*)::int from actions.outbox_sent s where s.lane = o.lane and outcome = 'sent') as sent,
              (select count(*)::int from actions.outbox w where w.lane = o.lane and subject_ref = $2) as waiting
         from unnest($1::bigint[]) as o (lane)`,
      [[lead.id, partner.id], decodeRef(ref)],
    );
    for (const [org, row] of [lead, partner].map((one, index) => [one, rows[index]] as const)) {
      expect(await erase(org, ref)).toEqual({
        state: 'complete',
        erased: {
          contacts: row?.signed,
          supporters: org === lead ? row?.signed : 0,
          attachments: 0,
          outbox: row?.waiting,
          spool: 1,
          parked: 1,
        },
        left: { messagesSent: row?.sent, messagesLeaving: 0 },
      });
    }
    expect(rows[0]).toMatchObject({ waiting: 0 });
    expect(rows[1]?.waiting).toBeGreaterThan(0);
    expect(await tracesOf(email, fleet.sql, fleet.home.logDir)).toEqual([]);
    expect(await erase(lead, ref)).toMatchObject({ state: 'complete', erased: { contacts: 0, supporters: 0 } });
    expect(await actionIds(lead)).toEqual([]);
  });

  /** Until messages to the org wait behind its queue. Nobody finds out that it is not full: topology-service is gone. */
  const fillQueueOf = async (org: TestOrg, signAgain: () => Promise<unknown>): Promise<void> => {
    await fleet.service('topology-service').stop();
    await fleet.sql.query('update topology.queue_sets set is_full = true where scope = $1', [`org:${org.id}`]);
    await waitFor(async () => {
      await signAgain();
      const { rows } = await fleet.sql.query('select 1 from actions.outbox where lane = $1 and claimed_until is null', [
        org.id,
      ]);
      return rows.length > 0;
    });
    await waitFor(async () => {
      const held = 'select 1 from actions.outbox where lane = $1 and claimed_until > now()';
      return (await fleet.sql.query(held, [org.id])).rows.length === 0;
    });
  };
  const settled = (org: TestOrg): Promise<unknown> =>
    waitFor(async () => {
      const { rows } = await fleet.sql.query('select 1 from actions.outbox where lane = $1', [org.id]);
      return rows.length === 0;
    });

  /** A submission accepted before that needs a person, and one in the spool that a relay is about to publish. */
  const leaveCopies = async (ref: string, email: string, orgIds: number[]): Promise<void> => {
    const partition = partitionOfRef(decodeRef(ref) ?? Buffer.alloc(0), partitionCount);
    const record = { payload: JSON.stringify({ email }), nonce: null };
    const body = JSON.stringify({
      kind: 'contact',
      ref,
      acceptedAt: new Date(Date.now() - 1_000).toISOString(),
      supporter: { email, firstName: 'Harald', lastName: null, address: null, area: 'PL' },
      contacts: orgIds.map((orgId) => ({ ...record, orgId })),
    });
    await fleet.sql.query(`insert into actions.parked (queue, message_id, reason, body) values ($1, $2, 'test', $3)`, [
      ingestQueue(partition),
      randomUUID(),
      Buffer.from(body),
    ]);
    await fleet.sql.query(
      `insert into catalog.outbox (message_id, exchange, routing_key, body, claimed_until)
       values ($1, $2, $3, $4, now() + interval '1 hour')`,
      [randomUUID(), exchanges.ingest, ingestKey(partition), body],
    );
  };
});
