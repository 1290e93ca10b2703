import { randomBytes } from 'node:crypto';
import { crmQueue, ingestQueue, partitionCount } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { ApiClient } from '../src/api-client';
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
import { QueueLog } from '../src/crash/queue-log';
import { queueDepths } from '../src/crash/settlement';
import { TestFleet } from '../src/test-fleet';

interface Signed {
  addActionContact: { contactRef: string };
}
interface StoredRow {
  id: number;
  rank: number;
}

const repeats = 100;

describe('the same signature again, through two gateways', () => {
  let fleet: TestFleet;
  let gateways: ApiClient[];
  let org: TestOrg;
  let page: TestPage;
  let crm: QueueLog;
  /** Action id → whether the mailer is told to leave it alone. */
  const isUnmailed = new Map<number, boolean>();

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
    const second = await fleet.startOne('api-gateway', {}, 'api-gateway-2');
    await second.ready({ deadlineMs: 60_000 });
    gateways = [new ApiClient(fleet.gatewayUrl), new ApiClient(second.url)];
    org = await anOrg(fleet);
    page = await aPage(org, await aCampaign(org));
    crm = QueueLog.start(await fleet.crmLogin(org.id), crmQueue(org.name), ({ content, properties }) => {
      const { actionId } = JSON.parse(content.toString()) as { actionId: number };
      isUnmailed.set(actionId, properties.headers?.['no_mail'] === true);
      return 'ack';
    });
  });
  afterAll(async () => {
    await crm?.stop();
    await fleet?.stop();
  });

  const signature = (token: string) =>
    aSignature(page, {
      action: { actionType: 'register', customFields: JSON.stringify({ token }) },
      contact: { firstName: 'Again', email: newEmail(), address: { country: 'pl' } },
    });
  const sign = (index: number, variables: Record<string, unknown>, headers: Record<string, string> = {}) =>
    (gateways[index % gateways.length] as ApiClient).ask<Signed>(signMutation, variables, headers);
  const stored = async (token: string): Promise<StoredRow[]> => {
    const { rows } = await fleet.sql.query<StoredRow>(
      `select a.id::int, s.dupe_rank as rank from actions.actions a join actions.supporters s on s.id = a.supporter_id
        where a.fields->>'token' = $1 order by s.dupe_rank`,
      [token],
    );
    return rows;
  };
  /** Nothing waits in the spool or in a partition any more. */
  const everythingTaken = () =>
    waitFor(async () => {
      const { rows } = await fleet.sql.query<{ n: number }>('select count(*)::int as n from catalog.outbox');
      const partitions = Array.from({ length: partitionCount }, (_, partition) => ingestQueue(partition));
      const depths = await queueDepths(fleet.home.infra.amqpUrl, partitions);
      return rows[0]?.n === 0 && depths.every(({ n }) => n === 0);
    });

  it('client fact 16: a hundred times with one Idempotency-Key is one action', async () => {
    const token = randomBytes(6).toString('hex');
    const variables = signature(token);
    const headers = { 'idempotency-key': `key-${token}` };
    // A gateway that was held up for too long asks to come again, as all clients do.
    const untilTaken = (index: number) =>
      waitFor(async () => {
        const answer = await sign(index, variables, headers);
        return answer.data && answer;
      });
    const answers = await Promise.all(Array.from({ length: repeats }, (_, index) => untilTaken(index)));
    const refs = answers.map(({ data }) => data?.addActionContact.contactRef);
    expect(new Set(refs).size).toBe(1);
    expect(refs[0]).toEqual(expect.any(String));
    await waitFor(async () => (await stored(token)).length > 0);
    await everythingTaken();
    expect(await stored(token)).toEqual([{ id: expect.any(Number), rank: 0 }]);
  });

  it('a double click is two actions, one of rank 0, and one mail', async () => {
    const token = randomBytes(6).toString('hex');
    const variables = signature(token);
    await Promise.all([sign(0, variables), sign(1, variables)]);
    const rows = await waitFor(async () => {
      const found = await stored(token);
      return found.length === 2 && found;
    });
    expect(rows.map(({ rank }) => rank)).toEqual([0, 1]);
    const marks = await waitFor(() => {
      const found = rows.map(({ id }) => isUnmailed.get(id));
      return !found.includes(undefined) && found;
    });
    expect(marks).toEqual([false, true]);
  });
});
