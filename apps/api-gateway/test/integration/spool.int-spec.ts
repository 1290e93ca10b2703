import { ingestQueue, partitionCount } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { AcceptFixture, signature, type GraphqlAnswer } from './accept.fixture';

let fixture: AcceptFixture;
let page: number;
let signers = 0;

async function start(options?: Parameters<typeof AcceptFixture.start>[0]): Promise<void> {
  fixture = await AcceptFixture.start(options);
  const org = await fixture.insertOrg('greenorg');
  page = await fixture.insertPage('act.org/bees', org, await fixture.insertCampaign('bees', org));
  await fixture.catalogueIsCurrent();
}

afterEach(() => fixture.close());

const sign = (): Promise<GraphqlAnswer> => {
  signers += 1;
  return signAs(signers);
};

const signAs = (signer: number, headers: Record<string, string> = {}): Promise<GraphqlAnswer> => {
  const contact = { ...signature(page).contact, email: `signer${signer}@example.org` };
  return fixture.sign(page, { contact }, headers);
};

/** Of a gateway that must accept. What a machine that stalls kept from the spool in time comes again, under the same key. */
async function accepted(): Promise<string> {
  signers += 1;
  const signer = signers;
  return waitFor(async () => {
    const { data, errors } = await signAs(signer, { 'idempotency-key': `signer ${signer}` });
    if (errors) throw new Error(JSON.stringify(errors));
    return data?.['addActionContact']?.contactRef;
  });
}

const idOf = (body: string): string => (JSON.parse(body) as { id: string }).id;

/** The spool is empty and what was in it lies in the queues, once each, under its id. */
async function expectDrained(ids: string[]): Promise<void> {
  await waitFor(async () => (await fixture.spooled()).length === 0);
  const taken = await fixture.takeIngested();
  expect(taken.map(({ messageId }) => messageId).sort()).toEqual([...ids].sort());
  for (const { messageId, message } of taken) expect(message.id).toBe(messageId);
}

async function expectInSpool(count: number): Promise<string[]> {
  const rows = await fixture.spooled();
  expect(rows).toHaveLength(count);
  for (const row of rows) {
    expect(row.message_id).toBe(idOf(row.body));
    expect(row.exchange).toBe('ingest');
  }
  return rows.map((row) => row.message_id);
}

const unavailableError = {
  message: 'Temporarily unavailable, please retry',
  extensions: { code: 'unavailable', retryAfterSeconds: 5 },
};

it('accepts while the broker is away, and drains under the same ids when it returns', async () => {
  await start();
  fixture.brokerProxy.refuse();
  await fixture.brokerIsAway();
  for (const ref of await Promise.all(Array.from({ length: 30 }, accepted))) expect(ref).toHaveLength(43);
  const ids = await expectInSpool(30);
  expect(await fixture.takeIngested()).toEqual([]);
  fixture.brokerProxy.accept();
  await expectDrained(ids);
  expect(await fixture.metrics.text()).toContain(
    'groundswell_gateway_accepted_total{path="spool",service="api-gateway"} 30',
  );
});

it('accepts while the broker hangs, and publishes such a submission again under its id', async () => {
  await start({ confirmTimeoutMs: 300 });
  fixture.brokerProxy.freeze();
  await accepted();
  const [id] = await expectInSpool(1);
  fixture.brokerProxy.thaw();
  await waitFor(async () => (await fixture.spooled()).length === 0);
  const taken = await fixture.takeIngested();
  expect(taken.length).toBeGreaterThanOrEqual(1);
  expect(new Set(taken.map(({ messageId }) => messageId))).toEqual(new Set([id]));
});

it('goes straight to the spool after 20 timeouts in a row', async () => {
  // As long as in production: a probe is not answered either by then, and a new connection has forgotten the timeouts.
  await start({ confirmTimeoutMs: 2_000 });
  fixture.brokerProxy.freeze();
  // No more than that: one that is late would be the next.
  await Promise.all(Array.from({ length: 20 }, () => sign()));
  expect(await fixture.metrics.text()).not.toContain('cause="suspect"');
  await sign();
  await expectInSpool(21);
  expect(await fixture.metrics.text()).toContain(
    'groundswell_gateway_spooled_total{cause="suspect",service="api-gateway"} 1',
  );
});

it('accepts while the broker has an alarm', async () => {
  await start();
  fixture.brokerProxy.block();
  await fixture.brokerIsAway();
  await accepted();
  const ids = await expectInSpool(1);
  fixture.brokerProxy.unblock();
  await expectDrained(ids);
});

it('spools what comes back because its queue is missing', async () => {
  await start();
  for (let partition = 0; partition < partitionCount; partition += 1) {
    await fixture.vhost.channel.deleteQueue(ingestQueue(partition));
  }
  await accepted();
  const ids = await expectInSpool(1);
  expect(await fixture.metrics.text()).toContain('groundswell_gateway_spooled_total{cause="returned"');
  await fixture.declareQueues();
  await expectDrained(ids);
});

it('publishes nothing until topology-service has confirmed the queues, nor once it says otherwise', async () => {
  await start({ queues: false });
  await accepted();
  await expectInSpool(1);
  await fixture.declareQueues();
  await accepted();
  const ids = await expectInSpool(2);
  expect(await fixture.takeIngested()).toEqual([]);
  await fixture.confirmQueues();
  await expectDrained(ids);
  await fixture.confirmQueues('damaged');
  await accepted();
  const laterIds = await expectInSpool(1);
  await fixture.confirmQueues();
  await expectDrained(laterIds);
});

it('signs while the database is away', async () => {
  await start();
  fixture.databaseProxy.refuse();
  expect((await sign()).errors).toBeUndefined();
  expect(await fixture.takeIngested()).toHaveLength(1);
  const report = await waitFor(async () => {
    const ready = await fixture.health.ready();
    return ready.degraded.includes('spool') && ready;
  });
  expect(report.ok).toBe(true);
  const unknown = await fixture.sign(99_999);
  expect(unknown.errors?.[0]).toMatchObject(unavailableError);
});

it.each(['refuse', 'freeze'] as const)('says unavailable and keeps nothing when both are away (%s)', async (how) => {
  await start();
  fixture.brokerProxy.refuse();
  await fixture.brokerIsAway();
  fixture.databaseProxy[how]();
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => fixture.postRaw({ query: 'mutation { ...s } ' + fragment() })),
  );
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.body).toMatchObject({ data: null, errors: [{ ...unavailableError, path: ['addActionContact'] }] });
  }
  const report = await waitFor(async () => {
    const ready = await fixture.health.ready();
    return !ready.ok && ready;
  });
  expect(report.failed).toEqual(['signing']);
  fixture.databaseProxy.thaw();
  fixture.databaseProxy.accept();
  fixture.brokerProxy.accept();
  await fixture.brokerIsUsed();
  await waitFor(async () => (await sign()).data);
  await waitFor(async () => (await fixture.spooled()).length === 0);
  const taken = await fixture.takeIngested();
  // What a frozen database had in hand may have been committed after all: stored once or not at all.
  if (how === 'refuse') expect(taken).toHaveLength(1);
  expect(new Set(taken.map(({ messageId }) => messageId)).size).toBe(taken.length);
});

it('answers while both hang, and keeps nothing twice', async () => {
  await start({ confirmTimeoutMs: 2_000 });
  fixture.brokerProxy.freeze();
  fixture.databaseProxy.freeze();
  const answers: GraphqlAnswer[] = [];
  for (let round = 0; round < 3; round += 1) {
    answers.push(...(await Promise.all(Array.from({ length: 40 }, () => sign()))));
  }
  // Within 3 s: that is measured where a gateway has the machine to itself (apps/e2e, both-away).
  for (const { errors } of answers) expect(errors?.[0]).toMatchObject(unavailableError);
  fixture.databaseProxy.thaw();
  fixture.brokerProxy.thaw();
  let after = 0;
  await waitFor(async () => {
    after += 1;
    return (await sign()).data;
  });
  await waitFor(async () => (await fixture.spooled()).length === 0);
  const contents = (await fixture.takeIngested()).map(({ message }) => message.id);
  // What waited in a hanging broker or database may have been taken after all: under its one id.
  expect(new Set(contents).size).toBeLessThanOrEqual(answers.length + after);
});

const fragment = () => `fragment s on RootMutationType {
  addActionContact(actionPageId: ${page}, action: { actionType: "petition" }, privacy: {},
                   contact: { firstName: "Harald", email: "harald@example.org" }) { contactRef } }`;

it('takes the same key to the same row, whichever way it went before', async () => {
  await start();
  const headers = { 'idempotency-key': 'once' };
  const again = () => waitFor(async () => (await fixture.sign(page, {}, headers)).data);
  await again();
  const [published] = await fixture.takeIngested();
  fixture.brokerProxy.refuse();
  await fixture.brokerIsAway();
  await again();
  await again();
  expect(await expectInSpool(1)).toEqual([published?.messageId]);
});

it('drains a long spool and signs beside it', async () => {
  await start();
  fixture.brokerProxy.refuse();
  await fixture.brokerIsAway();
  await accepted();
  await fixture.sql.query(
    `insert into catalog.outbox (message_id, lane, exchange, routing_key, type, body)
     select ids.id, 0, 'ingest', '3', 'groundswell:submission:1', jsonb_set(body::jsonb, '{id}', to_jsonb(ids.id))::text
       from catalog.outbox, lateral (select gen_random_uuid()::text as id from generate_series(1, 500)) ids`,
  );
  fixture.brokerProxy.accept();
  await fixture.brokerIsUsed();
  let signed = 0;
  do {
    await accepted();
    signed += 1;
  } while ((await fixture.spooled()).length > 0);
  const taken = await fixture.takeIngested();
  expect(new Set(taken.map(({ messageId }) => messageId)).size).toBe(501 + signed);
});
