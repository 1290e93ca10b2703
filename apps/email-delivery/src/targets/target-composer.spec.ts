import { Metrics } from '@groundswell/observability';
import type { OpenAccount } from '../accounts/mail-accounts';
import type { ClaimedDelivery } from '../deliveries/delivery';
import type { Composed } from '../sending/compose';
import { MailMetrics } from '../sending/mail-metrics';
import type { MailTemplate, TemplateQuery } from '../templates/mail-templates';
import type { FilesRead } from './files/stored-files';
import { MissingTemplates } from './missing-templates';
import { copiesOf, TargetComposer, type TargetSources } from './target-composer';
import type { TargetMailContent } from './target-mail';

const [leadId, partnerId] = [1, 2];
const lead = {
  id: leadId,
  name: 'lead',
  title: 'The lead',
  emailFrom: 'office@lead.test',
  replyEnabled: true,
  senderRewrite: false,
  deletedAt: null,
};
const partner = { ...lead, id: partnerId, name: 'partner', title: 'The partner', config: { twitter_name: 'green' } };
const page = { id: 100, name: 'act/now', locale: 'pl', orgId: partnerId };
const campaign = { id: 10, name: 'river', title: 'Save the river' };
const rows = <Row extends { id: number }>(...all: Row[]) => new Map(all.map((row) => [row.id, row]));

const content: TargetMailContent = {
  testing: false,
  target: {
    id: '7d8b6c1e-6f0a-4c39-9f46-1f1a4f0f8a11',
    name: 'Ann & Co',
    externalId: 'mp:1',
    locale: 'pl',
    area: 'PL',
    fields: { salutation_line: 'Dear Ms <Ann>' },
  },
  supporter: { firstName: 'Harald', lastName: 'Blau', email: 'harald@example.org', area: 'DE' },
  cc: [],
  subject: 'To {{target.name}}',
  body: '{{target.fields.salutationLine}},\nplease act.\nHarald',
  files: [],
};
const delivery: ClaimedDelivery = {
  id: 5,
  purpose: 'mtt:t:r',
  kind: 'mtt',
  customId: 'mtt:41',
  orgId: leadId,
  campaignId: campaign.id,
  pageId: page.id,
  actionId: 77,
  ref: null,
  acceptedAt: null,
  template: null,
  locale: 'pl',
  recipient: { email: 'ann@parliament.test', name: 'Ann & Co' },
  variables: {},
  notBefore: null,
  notAfter: null,
  attempts: 0,
  createdAt: new Date(),
};
const account = (sendingFrom: string | null = null) =>
  ({ stored: { id: 9, orgId: leadId, sendingFrom }, provider: { kind: 'smtp' } }) as unknown as OpenAccount;

interface World {
  template?: MailTemplate | null;
  files?: FilesRead;
  failures?: number;
}

function compose(
  change: Partial<TargetMailContent> = {},
  world: World & { delivery?: object; from?: string; orgFrom?: string; orgConfig?: object } = {},
) {
  const asked: TemplateQuery[] = [];
  const alerts: object[] = [];
  const metrics = new Metrics('email-delivery', { withProcessMetrics: false });
  const logger = { error: (fields: object) => void alerts.push(fields) };
  const missing = new MissingTemplates(logger, new MailMetrics(metrics));
  const sources = {
    catalogue: {
      orgs: rows<{ id: number }>(
        Object.assign({}, lead, { emailFrom: world.orgFrom ?? lead.emailFrom, config: world.orgConfig ?? {} }),
        partner,
      ),
      campaigns: rows(campaign),
      pages: rows(page),
    },
    templates: {
      find: (query: TemplateQuery) => {
        asked.push(query);
        return Promise.resolve(world.template ?? null);
      },
    },
    files: { read: () => Promise.resolve(world.files ?? { kind: 'read', files: [] }) },
    countFileFailure: () => Promise.resolve(world.failures ?? 1),
    stats: {
      find: () =>
        Promise.resolve({
          supporterCount: 7,
          supporterCountByOrg: 3,
          supporterCountByArea: 2,
          actionCount: { register: 9 },
        }),
    },
    missing,
  } as unknown as TargetSources;
  const replies = { seal: (messageId: number) => `r-${messageId}` };
  const composer = new TargetComposer(sources, { key: 'testkey', prefix: 'SRS0' }, replies, { info: () => undefined });
  const row = { ...delivery, ...world.delivery, variables: { ...content, ...change } };
  const run = () => composer.compose(row as ClaimedDelivery, account(world.from));
  return { run, asked, alerts, metrics };
}

async function mail(...given: Parameters<typeof compose>) {
  const composed = await compose(...given).run();
  if (composed.kind !== 'mail') throw new Error(composed.reason);
  return composed.mail;
}

const local = (parts: Partial<Extract<MailTemplate, { from: 'local' }>> = {}): MailTemplate => ({
  from: 'local',
  id: 1,
  locale: 'pl',
  subject: '{{subject}} ({{campaign.title}})',
  html: '<h1>{{target.name}}</h1>{{{body}}}',
  text: '{{target.name}}: {{body}}',
  ...parts,
});

describe('a mail to a target without template', () => {
  it('is what the supporter wrote, with the target filled in and escaped', async () => {
    expect(await mail()).toMatchObject({
      customId: 'mtt:41',
      deliveryId: 5,
      purpose: 'mtt:t:r',
      to: { email: 'ann@parliament.test', name: 'Ann & Co' },
      subject: 'To Ann & Co',
      text: 'Dear Ms <Ann>,\nplease act.\nHarald',
      html: '<p>Dear Ms &lt;Ann&gt;,</p><p>please act.</p><p>Harald</p>',
    });
  });

  it('sees nothing but the target', async () => {
    const { text } = await mail({
      body: '{{target.externalId}} {{target.area}} {{target.locale}}|{{email}}{{org.name}}|',
    });
    expect(text).toBe('mp:1 PL pl||');
  });

  it('goes literally where it is no mustache', async () => {
    const { subject, text } = await mail({ subject: 'a {{ b', body: '{{#x}} {{target.name}}' });
    expect([subject, text]).toEqual(['a {{ b', '{{#x}} {{target.name}}']);
  });
});

describe('a mail to a target with a template', () => {
  const delivered = { template: 'letter' };

  it('is rendered with what the supporter wrote, filled in before', async () => {
    const template = local();
    const { asked, run } = compose({}, { template, delivery: delivered });
    const composed = (await run()) as Extract<Composed, { kind: 'mail' }>;
    expect(asked).toEqual([{ orgId: leadId, name: 'letter', locale: 'pl', service: { id: 9, kind: 'smtp' } }]);
    expect(composed.mail).toMatchObject({
      subject: 'To Ann & Co (Save the river)',
      html: '<h1>Ann &amp; Co</h1><p>Dear Ms &lt;Ann&gt;,</p><p>please act.</p><p>Harald</p>',
      text: 'Ann & Co: Dear Ms <Ann>,\nplease act.\nHarald',
    });
  });

  it.each([
    ['{{firstName}} {{lastName}} {{email}} {{area}} {{isDupe}}', 'Harald Blau harald@example.org DE false'],
    ['{{actionId}} {{actionPage.id}} {{actionPage.name}} {{actionPage.locale}}', '77 100 act/now pl'],
    ['{{org.id}} {{org.name}} {{org.title}} {{org.config.twitterName}}', '2 partner The partner green'],
    ['{{campaign.name}} {{campaign.stats.supporterCount}} {{campaign.stats.actionCount.register}}', 'river 7 9'],
    ['{{campaign.stats.supporterCountByArea}} {{campaign.stats.supporterCountByOrg}}', '2 3'],
    ['{{target.externalId}} {{target.fields.salutationLine}}', 'mp:1 Dear Ms <Ann>'],
    ['{{files}} {{test}} {{{debug}}}{{ref}}{{confirmLink}}', 'a.png, b.pdf false '],
  ])('sees %s', async (text, expected) => {
    const world = { template: local({ text }), delivery: delivered };
    expect((await mail({ files: ['x/a.png', 'x/y/b.pdf'] }, world)).text).toBe(expected);
  });

  it('of a provider gets flat variables', async () => {
    const template: MailTemplate = { from: 'provider', ref: '12' };
    const sent = await mail({ testing: true }, { template, delivery: delivered });
    expect(sent).toMatchObject({ subject: '', html: null, text: null, template: { ref: '12' } });
    expect(sent.template?.variables).toMatchObject({
      subject: '[TEST] To Ann & Co',
      targetFieldsSalutationLine: 'Dear Ms <Ann>',
      campaignStatsSupporterCount: 7,
    });
  });

  it('that is missing goes without, and somebody is told once', async () => {
    const { run, alerts, metrics } = compose({}, { template: null, delivery: delivered });
    expect(await run()).toMatchObject({ kind: 'mail', mail: { subject: 'To Ann & Co' } });
    await run();
    expect(alerts).toEqual([{ orgId: leadId, campaignId: campaign.id, template: 'letter', locale: 'pl' }]);
    expect(await metrics.text()).toContain(
      `groundswell_mail_missing_templates_total{campaign_id="${campaign.id}",service="email-delivery"} 2`,
    );
  });

  it('that cannot be rendered waits for somebody to mend it', async () => {
    const { run } = compose({}, { template: local({ html: '{{#open}}' }), delivery: delivered });
    expect(await run()).toMatchObject({ kind: 'later' });
  });
});

describe('who writes', () => {
  it.each([
    ['office@lead.test', 'lead@lead.test', 'harald@example.org'],
    ['post@mailer.net', 'lead@mailer.net', 'harald@example.org'],
    ['harald@example.org', 'harald@example.org', null],
  ])('sending from %s: %s', async (sendingFrom, email, replyTo) => {
    expect(await mail({}, { from: sendingFrom })).toMatchObject({ from: { email, name: 'Harald Blau' }, replyTo });
  });

  it.each(['', 'harald', 'a@b@c.org', 'harald@exa\nmple.org'])('fails the mail of %j only', async (email) => {
    const supporter = { ...content.supporter, email };
    expect(await compose({ supporter }).run()).toEqual({ kind: 'refused', reason: 'bad sender address' });
  });
});

it.each(['', 'nobody', 'a@b@c.org'])('waits while the sender address of the service is %j', async (sendingFrom) => {
  const composed = await compose({}, { from: sendingFrom, orgFrom: sendingFrom }).run();
  expect(composed).toMatchObject({ kind: 'later', reason: expect.stringContaining('sender address') });
});

it('marks a test, with and without template', async () => {
  expect((await mail({ testing: true })).subject).toBe('[TEST] To Ann & Co');
  const world = { template: local(), delivery: { template: 'letter' } };
  expect((await mail({ testing: true }, world)).subject).toBe('[TEST] To Ann & Co (Save the river)');
});

it.each([{ subject: '' }, { body: '' }, { subject: ' \n' }, { body: '\r\n ' }])(
  'sends nothing that is empty: %j',
  async (change) => {
    expect(await compose(change).run()).toEqual({ kind: 'refused', reason: 'empty' });
  },
);

it('sends copies once, never to who gets the mail, and drops broken ones', async () => {
  const cc = ['a@x.test', 'A@X.test', 'ANN@parliament.test', 'broken', 'b@@x', 'x y@z.test', 'b@x.test'];
  expect((await mail({ cc })).cc).toEqual(['a@x.test', 'b@x.test']);
  expect(copiesOf([], 'a@x.test')).toEqual([]);
});

describe('files', () => {
  it('are inline images and attachments', async () => {
    const [png, pdf] = [Buffer.from('png'), Buffer.from('pdf')];
    const files: FilesRead = {
      kind: 'read',
      files: [
        { path: 'b/a.png', content: png },
        { path: 'b/b.pdf', content: pdf },
      ],
    };
    expect((await mail({ files: ['b/a.png', 'b/b.pdf'] }, { files })).attachments).toEqual([
      { name: 'a.png', type: 'image/png', content: png, contentId: 'file1' },
      { name: 'b.pdf', type: 'application/pdf', content: pdf },
    ]);
  });

  it.each([
    [1, false, 'later'],
    [2, false, 'later'],
    [3, false, 'refused'],
    [1, true, 'refused'],
  ])('not read for time %i, for good %s: %s', async (failures, isFinal, kind) => {
    const files: FilesRead = { kind: 'not read', reason: 'storage: HTTP 500', isFinal, isAsked: true };
    expect(await compose({ files: ['b/a.png'] }, { files, failures }).run()).toEqual({
      kind,
      reason: 'storage: HTTP 500',
    });
  });

  it('not asked for, as their storage rests, cost no attempt', async () => {
    const files: FilesRead = { kind: 'not read', reason: 'storage: HTTP 500', isFinal: false, isAsked: false };
    expect(await compose({ files: ['b/a.png'] }, { files, failures: 3 }).run()).toMatchObject({ kind: 'later' });
  });
});

describe('an answer', () => {
  const orgConfig = { replies: { domain: 'answers.greens.org' } };

  it('comes back to the message where the lead has a domain for answers', async () => {
    expect(await mail({ messageId: 17 }, { orgConfig })).toMatchObject({ replyTo: 'r-17@answers.greens.org' });
  });

  it.each([
    ['a trial', { messageId: 17, testing: true }, { orgConfig }],
    ['a row of an older release', {}, { orgConfig }],
    ['no such domain', { messageId: 17 }, {}],
  ])('goes to the supporter with %s', async (_what, change, world) => {
    expect((await mail(change, world)).replyTo).not.toContain('r-17');
  });
});
