import { adminMask } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import type { ApiClient } from '../src/api-client';
import { aCampaign, anOrg, aPage, aSignature, signMutation, unique, type TestOrg } from '../src/campaign-world';
import { keepCertificate, mailsThrough } from '../src/crash/mail-world';
import { SmtpSink, type SunkMail } from '../src/mail-sink';
import { TestFleet } from '../src/test-fleet';

const repliesOf = `query ($org: String!) {
  answer: mttReplies(orgName: $org) { replies { actionId targetId contactRef subject text } } }`;
const attachmentsOf = `query ($org: String!, $action: Int!) {
  files: attachments(orgName: $org, actionId: $action) { name state size url } }`;
const erase = `mutation ($org: String!, $ref: String!) { eraseContact(orgName: $org, contactRef: $ref) { id } }`;

interface Reply {
  actionId: number;
  targetId: string;
  contactRef: string;
  subject: string;
  text: string;
}
interface Attached {
  name: string;
  state: string;
  size: number;
  url: string | null;
}

interface Monitored {
  name: string;
  failed: number;
  dead: number;
  workers: number | null;
}

const sheet = Buffer.from('%PDF-1.7 a petition sheet');
const domain = 'answers.example.org';

/** background-jobs.md, as an org and its people have it: by the public API, mail and object store alone. */
describe('the story of an action and of what is done with it in the background', () => {
  let sink: SmtpSink;
  let fleet: TestFleet;
  let admin: ApiClient;
  let org: TestOrg;
  let ownerEmail: string;
  let target: { id: string; email: string };
  let pageId: number;
  let reply: Reply;

  beforeAll(async () => {
    [sink, fleet] = await Promise.all([new SmtpSink().start(), TestFleet.create()]);
    await fleet.startObjectStore();
    const started = fleet.start();
    await waitFor(() => fleet.services.some(({ name }) => name === 'api-gateway'));
    const settings = { PUBLIC_URL: fleet.gatewayUrl, CATALOGUE_POLL_MS: '200' };
    await Promise.all([
      started,
      fleet.startOne('email-delivery', { ...settings, NODE_EXTRA_CA_CERTS: keepCertificate(fleet, sink) }),
      fleet.startOne('mtt-service', { MTT_CYCLE: '1000', MTT_HOURLY_POLL_MS: '500' }),
      fleet.startOne('notify-service', settings),
      fleet.startOne('stats-service', settings),
    ]);
    await Promise.all(fleet.services.map((service) => service.ready({ deadlineMs: 60_000 })));
    admin = await fleet.newUser(adminMask);
    await mailsThrough({ id: 1, name: 'instance', owner: admin, keys: {} }, sink.url);
    org = await anOrg(fleet);
    const { currentUser } = await org.owner.data<{ currentUser: { email: string } }>('{ currentUser { email } }');
    ownerEmail = currentUser.email;
    await mailsThrough(org, sink.url);
  });
  afterAll(async () => {
    await fleet?.stop();
    await sink?.stop();
  });

  const mailsTo = (address: string, subject: RegExp): SunkMail[] =>
    sink.mails.filter(({ to, parsed }) => to.includes(address) && subject.test(parsed.subject ?? ''));
  const mailTo = (address: string, subject: RegExp): Promise<SunkMail> => waitFor(() => mailsTo(address, subject)[0]);
  const replies = async (of: TestOrg): Promise<Reply[]> =>
    (await of.owner.data<{ answer: { replies: Reply[] } }>(repliesOf, { org: of.name })).answer.replies;
  const attached = async (): Promise<Attached[]> =>
    (await org.owner.data<{ files: Attached[] }>(attachmentsOf, { org: org.name, action: reply.actionId })).files;

  it('is set up', async () => {
    await org.owner.data(
      `mutation ($org: String!, $config: Json!, $rule: RuleInput!) {
         updateOrg(name: $org, input: { config: $config }) { name } addRule(orgName: $org, input: $rule) { id } }`,
      {
        org: org.name,
        config: JSON.stringify({ replies: { domain } }),
        rule: { name: unique('rule'), trigger: 'ACTION_ACCEPTED', effect: 'MAIL' },
      },
    );
    const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    const mtt = { startAt: at(-1), endAt: at(24), dripDelivery: false };
    const campaign = await aCampaign(org, { mtt, status: 'LIVE' });
    pageId = (await aPage(org, campaign)).id;
    const email = `${unique('member')}@parliament.example.org`;
    const { upsertTargets } = await org.owner.data<{ upsertTargets: { id: string }[] }>(
      `mutation ($id: Int!, $targets: [TargetInput!]!) { upsertTargets(campaignId: $id, targets: $targets) { id } }`,
      { id: campaign.id, targets: [{ externalId: unique('mp'), name: 'Anna', emails: [{ email }] }] },
    );
    target = { id: upsertTargets[0]!.id, email };
  });

  it('comes with a file, goes to its target, whose answer comes back to it', async () => {
    const { link } = await fleet.anonymous.data<{ link: { key: string; url: string; fields: string } }>(
      `mutation ($id: Int!, $size: Int!) { link: requestUpload(
         actionPageId: $id, name: "sheet.pdf", size: $size, type: "application/pdf") { key url fields } }`,
      { id: pageId, size: sheet.length },
    );
    const headers = JSON.parse(link.fields) as Record<string, string>;
    expect((await fetch(link.url, { method: 'PUT', headers, body: new Uint8Array(sheet) })).status).toBe(200);
    const mtt = { subject: 'Bees', body: 'Dear Anna, please save the bees.', targets: [target.id] };
    await fleet.anonymous.data(signMutation, {
      ...aSignature({ id: pageId }),
      action: { actionType: 'mail2target', mtt, attachments: [link.key] },
    });
    const { parsed } = await mailTo(target.email, /Bees/);
    const address = parsed.replyTo?.[0]?.address ?? '';
    expect(address).toMatch(new RegExp(`^r-[0-9a-f]{32}@${domain}$`));
    const mail = `Subject: Re: Bees\r\n\r\nI shall.\r\n\r\nOn Friday, 20 Nov, Harald wrote:\r\n> Dear Anna\r\n`;
    const post = (to: string) =>
      fetch(`${fleet.gatewayUrl}/webhook/inbound/${to}`, {
        ...{ method: 'POST', headers: { 'content-type': 'message/rfc822' }, body: mail },
      });
    for (let call = 0; call < 2; call += 1) expect(await (await post(address)).json()).toEqual({ status: 'ok' });
    const forged = address.replace(/.@/, (end) => (end === '0@' ? '1@' : '0@'));
    expect((await post(forged)).status).toBe(401);
    await waitFor(async () => (await replies(org)).length > 0);
    const found = await replies(org);
    expect(found).toMatchObject([{ targetId: target.id, subject: 'Re: Bees', text: 'I shall.' }]);
    reply = found[0]!;
    const other = await anOrg(fleet, { withKey: false });
    expect(await replies(other)).toEqual([]);
  });

  it('has its file for the staff, and has told the owner by rule once', async () => {
    const files = await waitFor(async () => {
      const listed = await attached();
      return listed.every(({ state }) => state !== 'WAITING') && listed;
    });
    expect(files).toMatchObject([{ name: 'sheet.pdf', state: 'CLEAN', size: sheet.length }]);
    const file = await fetch(files[0]?.url ?? '');
    expect(Buffer.from(await file.arrayBuffer()).equals(sheet)).toBe(true);
    expect((await mailTo(ownerEmail, /rule/i)).parsed.text).toContain(String(reply.actionId));
  });

  it('is in a report, whose mailed link leads to the file', async () => {
    await org.owner.data('mutation ($org: String!) { requestReport(orgName: $org, input: { kind: ACTIONS }) { id } }', {
      org: org.name,
    });
    const { parsed } = await mailTo(ownerEmail, /report/i);
    const link = /https?:\/\/\S+\/reports\/[\w-]+\/[\w-]+/.exec(parsed.text ?? '')?.[0] ?? '';
    expect(link.startsWith(fleet.gatewayUrl)).toBe(true);
    expect(await (await fetch(link)).text()).toContain('<button');
    const csv = await (await fetch(link, { method: 'POST' })).text();
    expect(csv.trim().split('\n')).toHaveLength(2);
    expect(csv).toContain(reply.contactRef);
  });

  it('is all over in the queue monitor, and once its person is erased gone from what the org has', async () => {
    const headers = { authorization: admin['authorization'] ?? '', accept: 'application/json' };
    const look = async (path = '') => (await fetch(`${fleet.gatewayUrl}/ops/queues${path}`, { headers })).json();
    const byName = await waitFor(async () => {
      const answer = (await look()) as { queues: Monitored[] };
      const found = new Map(answer.queues.map((queue) => [queue.name, queue]));
      // The broker makes its figures every 5 s.
      return found.get('system.event.mtt-service')?.workers === 1 && found;
    });
    expect([...byName.values()].filter(({ failed, dead }) => failed + dead > 0)).toEqual([]);
    for (const jobs of ['action-ingest:scan-attachment', 'notify-service:fire-rule', 'stats-service:report']) {
      expect(await look(`/jobs:${jobs}/items`)).toMatchObject([{ state: 'COMPLETE' }]);
    }
    await org.owner.data(erase, { org: org.name, ref: reply.contactRef });
    expect(await replies(org)).toEqual([]);
    await waitFor(async () => (await attached()).length === 0);
    expect(mailsTo(ownerEmail, /rule/i)).toHaveLength(1);
    expect(mailsTo(target.email, /Bees/)).toHaveLength(1);
  });
});
