import { randomBytes } from 'node:crypto';
import {
  actionMessageV2,
  confirmQueue,
  crmQueue,
  ingestQueue,
  moderateQueue,
  partitionCount,
  stageMessageId,
} from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import {
  actMutation,
  aCampaign,
  anOrg,
  aPage,
  aSignature,
  signMutation,
  type TestOrg,
  type TestPage,
} from '../src/campaign-world';
import { queueDepths } from '../src/crash/settlement';
import { StockReader, type Body } from '../src/stock-reader';
import { TestFleet } from '../src/test-fleet';

interface StoredAction {
  id: number;
  status: number;
  supporterStatus: number | null;
  rank: number | null;
  /** Orgs that have a contact record. */
  receivers: number[];
}
interface Signed {
  token: string;
  ref: string;
}
const [accepted, delivered] = [3, 4];

describe('deleted between accepting and storing', () => {
  let fleet: TestFleet;
  const readers: StockReader[] = [];

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start({ 'action-ingest': { PROCESS_OLD_INTERVAL: '2000' } });
  });
  afterAll(async () => {
    for (const reader of readers) reader.stop();
    await fleet?.stop();
  });

  const readerOf = async (org: TestOrg, queue = crmQueue(org.name)): Promise<StockReader> => {
    const reader = StockReader.start(await fleet.crmLogin(org.id), queue, org.keys);
    readers.push(reader);
    return reader;
  };
  const ask = async (query: string, variables: Record<string, unknown>) => {
    const { data, errors } = await fleet.anonymous.ask<Record<string, { contactRef: string }>>(query, variables);
    return { ref: Object.values(data ?? {})[0]?.contactRef, error: errors[0]?.message };
  };
  const actionInput = (actionType: string, token: string) => ({ actionType, customFields: JSON.stringify({ token }) });
  const sign = async (page: TestPage, change: Record<string, unknown> = {}): Promise<Signed> => {
    const token = randomBytes(6).toString('hex');
    const { ref } = await ask(signMutation, aSignature(page, { action: actionInput('register', token), ...change }));
    if (!ref) throw new Error('not accepted');
    return { token, ref };
  };
  const share = async (page: TestPage, contactRef: string): Promise<Signed> => {
    const token = randomBytes(6).toString('hex');
    const { ref } = await ask(actMutation, { actionPage: page.id, action: actionInput('share', token), contactRef });
    if (!ref) throw new Error('not accepted');
    return { token, ref };
  };
  const stored = async (token: string): Promise<StoredAction | undefined> => {
    const { rows } = await fleet.sql.query<StoredAction>(
      `select a.id::int, a.processing_status::int as status, s.processing_status::int as "supporterStatus",
              s.dupe_rank::int as rank,
              array(select c.org_id::int from actions.contacts c where c.supporter_id = s.id order by 1) as receivers
         from actions.actions a left join actions.supporters s on s.id = a.supporter_id where a.fields->>'token' = $1`,
      [token],
    );
    expect(rows.length).toBeLessThanOrEqual(1);
    return rows[0];
  };
  const waiting = async (): Promise<number> => {
    const queues = Array.from({ length: partitionCount }, (_, partition) => ingestQueue(partition));
    return (await queueDepths(fleet.home.infra.amqpUrl, queues)).reduce((sum, { n }) => sum + n, 0);
  };
  /** Ingest away, `submit` accepted and waiting, `remove` done, ingest back. */
  const meanwhile = async <T>(
    end: 'stopped' | 'killed',
    submit: () => Promise<T>,
    remove: () => Promise<void>,
  ): Promise<T> => {
    const ingest = fleet.service('action-ingest');
    await (end === 'stopped' ? ingest.stop() : ingest.kill('SIGKILL'));
    const submitted = await submit();
    expect(await waiting()).toBeGreaterThan(0);
    await remove();
    await ingest.restart();
    return submitted;
  };
  const removePage = async ({ owner }: TestOrg, { id }: TestPage): Promise<void> => {
    const answer = await owner.data('mutation ($id: Int!) { deleteActionPage(id: $id) }', { id });
    expect(answer).toEqual({ deleteActionPage: 'SUCCESS' });
  };
  const removeBoth = async (org: TestOrg, page: TestPage): Promise<void> => {
    await removePage(org, page);
    const answer = await org.owner.data('mutation ($id: Int!) { deleteCampaign(id: $id) }', { id: page.campaignId });
    expect(answer).toEqual({ deleteCampaign: 'SUCCESS' });
  };
  const removeOrg = async ({ owner, name }: TestOrg): Promise<void> => {
    const answer = await owner.data('mutation ($name: String!) { deleteOrg(name: $name) }', { name });
    expect(answer).toEqual({ deleteOrg: 'SUCCESS' });
  };
  /** As for a page that never was (graphql-api.md §5.6); every replica of the gateway knows within 2 s. */
  const isRefused = async (page: TestPage, contactRef: string): Promise<void> => {
    const error = `action_page_id: Cannot find Action Page with id=${page.id}`;
    await waitFor(async () => (await ask(signMutation, aSignature(page))).error === error);
    const variables = { actionPage: page.id, action: actionInput('share', 'late'), contactRef };
    expect(await ask(actMutation, variables)).toEqual({ ref: undefined, error });
  };
  const of =
    ({ token }: Signed) =>
    (message: Body): boolean =>
      message['action'].customFields.token === token;
  const nothingIsLeft = async (): Promise<void> => {
    await waitFor(async () => {
      const { rows } = await fleet.sql.query<{ n: number }>('select count(*)::int as n from actions.outbox');
      return rows[0]?.n === 0 && (await waiting()) === 0;
    });
    const { rows } = await fleet.sql.query('select queue, reason, details from actions.parked');
    expect(rows).toEqual([]);
  };

  it.each(['stopped', 'killed'] as const)(
    'page and campaign: what was accepted is stored and delivered whole, ingest having been %s',
    async (end) => {
      const org = await anOrg(fleet);
      const campaign = await aCampaign(org, { title: 'Clean rivers' });
      const page = await aPage(org, campaign);
      const reader = await readerOf(org);
      const carried = randomBytes(16).toString('base64url');
      const submit = async () => [await share(page, carried), await sign(page, { contactRef: carried })] as const;
      const [shared, signed] = await meanwhile(end, submit, async () => {
        await removeBoth(org, page);
        await isRefused(page, carried);
      });
      const messages = [await reader.find(of(signed)), await reader.find(of(shared))];
      for (const message of messages) {
        expect(message).toMatchObject({
          stage: 'deliver',
          orgId: org.id,
          actionPageId: page.id,
          campaignId: campaign.id,
          campaign: { name: campaign.name, title: 'Clean rivers', contactSchema: 'basic' },
          actionPage: { name: expect.stringContaining(org.name), locale: 'en' },
          org: { name: org.name },
          contact: { firstName: 'Harald', lastName: 'Bower', postcode: '02-123', contactRef: signed.ref, dupeRank: 0 },
        });
        expect(actionMessageV2.safeParse(message).error).toBeUndefined();
      }
      for (const { token } of [signed, shared]) {
        expect(await stored(token)).toMatchObject({ status: delivered, supporterStatus: accepted, rank: 0 });
      }
      await nothingIsLeft();
      await isRefused(page, signed.ref);
    },
  );

  it('page and campaign: the supporter is still asked, and may still confirm', async () => {
    const org = await anOrg(fleet, { processing: { customActionDeliver: true, customSupporterConfirm: true } });
    const page = await aPage(org, await aCampaign(org));
    const [asking, reader] = [await readerOf(org, confirmQueue(org.name)), await readerOf(org)];
    const signed = await meanwhile(
      'stopped',
      () => sign(page),
      () => removeBoth(org, page),
    );
    const asked = await asking.find(of(signed));
    expect(asked['stage']).toBe('supporter_confirm');
    const answer = await fetch(`${fleet.gatewayUrl}/link/s/${asked['actionId']}/accept/${signed.ref}`);
    expect([answer.status, await answer.text()]).toEqual([200, 'SUCCESS']);
    expect(await reader.find(of(signed))).toMatchObject({ stage: 'deliver', contact: { dupeRank: 0 } });
    await nothingIsLeft();
  });

  it('page and campaign: a moderator of a campaign that had asked for it still gets it', async () => {
    const org = await anOrg(fleet);
    const page = await aPage(org, await aCampaign(org, { actionConfirm: true }));
    const moderator = await readerOf(org, moderateQueue(org.name));
    const signed = await meanwhile(
      'stopped',
      () => sign(page),
      () => removeBoth(org, page),
    );
    expect((await moderator.find(of(signed)))['stage']).toBe('action_confirm');
    await nothingIsLeft();
  });

  it('the org: what was accepted is stored, the lead gets its copy, and nobody is meant to read the other', async () => {
    const [lead, partner] = [await anOrg(fleet), await anOrg(fleet)];
    const page = await aPage(partner, await aCampaign(lead), { delivery: true });
    const [leadReader, partnerReader] = [await readerOf(lead), await readerOf(partner)];
    const signed = await meanwhile(
      'stopped',
      () => sign(page, { privacy: { optIn: true, leadOptIn: true } }),
      async () => {
        await removeOrg(partner);
        await isRefused(page, randomBytes(16).toString('base64url'));
      },
    );
    expect(await leadReader.find(of(signed))).toMatchObject({
      orgId: partner.id,
      org: { name: partner.name },
      contact: { lastName: 'Bower', contactRef: signed.ref },
    });
    const action = await waitFor(() => stored(signed.token));
    expect(action).toMatchObject({
      status: delivered,
      supporterStatus: accepted,
      rank: 0,
      receivers: [lead.id, partner.id].sort((a, b) => a - b),
    });
    await nothingIsLeft();
    const { rows } = await fleet.sql.query(
      'select message_id as id, outcome from actions.outbox_sent where message_id = any($1) order by lane',
      [[lead, partner].map(({ id }) => stageMessageId(action.id, 'deliver', id))],
    );
    expect(rows).toEqual([
      { id: stageMessageId(action.id, 'deliver', lead.id), outcome: 'sent' },
      { id: stageMessageId(action.id, 'deliver', partner.id), outcome: 'unrouted' },
    ]);
    expect(partnerReader.messages).toEqual([]);
  });
});
