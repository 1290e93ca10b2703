import { hashPassword } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { ApiClient } from '../src/api-client';
import { aCampaign, aPage, aSignature, newEmail, signMutation, unique, type TestOrg } from '../src/campaign-world';
import { keepCertificate } from '../src/crash/mail-world';
import { SmtpSink, type SunkMail } from '../src/mail-sink';
import { ProcaCli } from '../src/proca-cli';
import { TestFleet } from '../src/test-fleet';

const upsertTargetsMutation = `mutation ($id: Int!, $targets: [TargetInput!]!, $outdated: OutdatedTargets) {
  upsertTargets(campaignId: $id, targets: $targets, outdatedTargets: $outdated) { id name } }`;
const storyMs = 120_000;
const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

/** clients.md §3, §4; email-and-mtt.md §5: set up by the proca CLI, written to through the widget's documents. */
describe('mail to targets', () => {
  let sink: SmtpSink;
  let fleet: TestFleet;
  let cli: ProcaCli;
  let owner: ApiClient;
  const [email, password] = [newEmail(), unique('password')];
  const org = unique('org');
  const campaign = unique('campaign');
  const tester = `${unique('tester')}@example.org`;
  const targets: Record<string, string> = {};
  let pageId: number;
  let campaignId: number;

  beforeAll(async () => {
    sink = await new SmtpSink().start();
    fleet = await TestFleet.create();
    await fleet.start();
    const certificate = keepCertificate(fleet, sink);
    const services = [
      await fleet.startOne('email-delivery', { PUBLIC_URL: fleet.gatewayUrl, NODE_EXTRA_CA_CERTS: certificate }),
      await fleet.startOne('mtt-service', {
        ...{ MTT_CYCLE: '1000', MTT_HOURLY_POLL_MS: '500', MTT_SWEEP_INTERVAL: '2000' },
      }),
    ];
    await Promise.all(services.map((service) => service.ready({ deadlineMs: 60_000 })));
    const user = [email, await hashPassword(password, 4)];
    await fleet.sql.query('insert into catalog.users (email, hashed_password) values ($1, $2)', user);
    cli = await ProcaCli.signIn(fleet.gatewayUrl, email, password);
    owner = ApiClient.basic(fleet.gatewayUrl, email, password);
  }, storyMs);
  afterAll(async () => {
    cli?.remove();
    await fleet?.stop();
    await sink?.stop();
  });

  const mailsTo = (address: string): SunkMail[] => sink.mails.filter(({ to }) => to.includes(address));
  const arrived = (address: string, count = 1) => waitFor(() => mailsTo(address).length >= count);
  const addressOf = (name: string): string => `${name.toLowerCase()}@${campaign}.example.org`;
  const externalIdOf = (name: string): string => `${campaign}_${addressOf(name)}`;
  const addTarget = async (name: string): Promise<void> => {
    const flags = ['-c', campaign, '--name', name, '--email', addressOf(name)];
    const [made] = await cli.json<Record<string, never>[]>('target', 'add', ...flags);
    expect(made).toMatchObject({ name, externalId: externalIdOf(name), emails: [{ email: addressOf(name) }] });
    targets[name] = String(made?.['id']);
  };
  /** As the widget does; answers the supporter's address. */
  const write = async (names: string[], testing = false): Promise<string> => {
    const address = newEmail();
    const mtt = {
      subject: 'Bees',
      body: 'Dear {{target.name}},\nplease save the bees.',
      targets: names.map((name) => targets[name]),
    };
    const signature = aSignature({ id: pageId });
    const contact = { ...(signature['contact'] as object), email: address };
    const action = { actionType: 'mail2target', customFields: '{}', mtt, testing };
    await fleet.anonymous.data(signMutation, { ...signature, contact, action });
    return address;
  };
  const settings = async () =>
    (
      await owner.data<{ campaign: { mtt: { progress: Record<string, number>; forecastLeft: number } } }>(
        `query ($id: Int) { campaign(id: $id) { ... on PrivateCampaign { mtt {
           forecastLeft progress { waiting sending sent failed cancelled unknown duplicates } } } } }`,
        { id: campaignId },
      )
    ).campaign.mtt;

  it(
    'is set up by campaign mtt and target add',
    async () => {
      await owner.data('mutation ($input: OrgInput!) { addOrg(input: $input) { name } }', {
        input: { name: org, title: 'Our org' },
      });
      await owner.data(
        `mutation ($org: String!, $service: ServiceInput!) {
           upsertService(orgName: $org, input: $service) { id }
           updateOrgProcessing(name: $org, emailBackend: SMTP, emailFrom: "us@example.org") { name } }`,
        { org, service: { name: 'SMTP', host: sink.url, user: 'sender', password: 'secret' } },
      );
      const lead: TestOrg = { id: 0, name: org, owner, keys: {} };
      const made = await aCampaign(lead, { name: campaign });
      ({ id: pageId, campaignId } = await aPage(lead, made));
      const dates = ['--from', day(-1), '--to', day(3), '--period', '00:00-23:59'];
      expect(await cli.ok('campaign', 'mtt', '-n', campaign, ...dates, '--email', tester)).toContain(tester);
      await addTarget('Ann');
      const others = ['Bo', 'Cy'].map((name) => ({
        name,
        externalId: externalIdOf(name),
        emails: [{ email: addressOf(name) }],
      }));
      const { upsertTargets } = await owner.data<{ upsertTargets: { id: string; name: string }[] }>(
        upsertTargetsMutation,
        {
          id: campaignId,
          targets: others,
        },
      );
      for (const { id, name } of upsertTargets) targets[name] = id;
    },
    storyMs,
  );

  it(
    'sends a test of the CLI and one of the widget once each, to their own supporter and the test address only',
    async () => {
      const person = ['--firstname', 'Ada', '--lastname', 'L', '--email', newEmail()];
      const message = ['--target', targets['Ann']!, '--subject', 'By hand', '--body', 'Dear Ann'];
      await cli.ok('action', 'add', '-i', String(pageId), ...person, ...message);
      await arrived(person[5]!);
      const widget = await write(['Ann', 'Bo'], true);
      await arrived(widget);
      await waitFor(async () => {
        const { rows } = await fleet.sql.query<{ n: number }>(
          `select count(*)::int as n from mtt.message_states where testing and state in ('sent', 'cancelled')`,
        );
        return rows[0]?.n === 3;
      });
      for (const [address, subject] of [
        [person[5]!, '[TEST] By hand'],
        [widget, '[TEST] Bees'],
      ] as const) {
        expect(mailsTo(address).map(({ to, parsed }) => [to, parsed.subject])).toEqual([[[address, tester], subject]]);
      }
      expect(sink.mails).toHaveLength(2);
    },
    storyMs,
  );

  it(
    'waits while it is paused, and then reaches each target once; a target deleted under way harms nobody',
    async () => {
      await owner.data(
        `mutation ($id: Int!) { pauseMtt(campaignId: $id) { id }
           updateCampaign(id: $id, input: { mtt: { dripDelivery: false } }) { id } }`,
        { id: campaignId },
      );
      await fleet.service('action-ingest').stop();
      const address = await write(['Ann', 'Cy']);
      await owner.data(upsertTargetsMutation, {
        ...{ id: campaignId, outdated: 'DELETE' },
        targets: ['Ann', 'Bo'].map((name) => ({ externalId: externalIdOf(name) })),
      });
      await fleet.startOne('action-ingest', {}, 'action-ingest-2');
      await waitFor(async () => (await settings()).progress['waiting'] === 2);
      const [ann, cy] = [addressOf('Ann'), addressOf('Cy')];
      expect([mailsTo(ann), mailsTo(cy)]).toEqual([[], []]);
      await owner.data('mutation ($id: Int!) { resumeMtt(campaignId: $id) { id } }', { id: campaignId });
      await waitFor(async () => (await settings()).progress['sent'] === 1);
      const [mail, ...others] = mailsTo(ann);
      expect([others, mailsTo(cy)]).toEqual([[], []]);
      expect([mail?.to, mail?.parsed.subject, mail?.parsed.from?.name]).toEqual([[ann], 'Bees', 'Harald Bower']);
      expect(mail?.parsed.replyTo?.[0]?.address).toBe(address);
      expect(mail?.parsed.text).toContain('Dear Ann,\nplease save the bees.');
      expect(await settings()).toMatchObject({ progress: { waiting: 1, sent: 1, failed: 0 }, forecastLeft: 1 });
      const authorization = `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`;
      const file = await fetch(`${fleet.gatewayUrl}/export/messages.csv?org=${org}&email=${ann}`, {
        headers: { authorization },
      });
      expect((await file.text()).split('\n')[1]).toMatch(
        `Harald,Bower,${address},PL,${campaign},Ann,Bees,"Dear {{target`,
      );
    },
    storyMs,
  );
});
