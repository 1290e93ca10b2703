import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { builtInTemplateNames } from '@groundswell/domain';
import { compiled, digest } from './built-in/compiled';
import { builtInTemplate } from './built-in-templates';
import { MustacheRenderer } from './mustache-renderer';
import { renderMail, type MailKind } from './rendered-mail';

const renderer = new MustacheRenderer();
/** Many programs cut mails that are longer, and hide what comes after. */
const cutAtBytes = 102_400;

const link = (path: string) => `https://act.example.org/${path}`;
const confirm = {
  operation: 'add_staffer',
  email: 'new@example.org',
  message: 'Come & <join> us',
  subjectId: 7,
  objectId: 9,
  code: '123456789012',
  creator: { email: 'anna@example.org', jobTitle: 'Organiser' },
  acceptLink: link('link/accept/123456789012?email=new%40example.org&x=1'),
  rejectLink: link('link/reject/123456789012?email=new%40example.org&x=1'),
};
const org = { name: 'green', title: 'Green & Co', twitter: { screenName: 'green', followersCount: 12 } };
const campaign = { name: 'bees', title: 'Save the <bees>', stats: { supporterCount: 3 } };
const user = { confirmLink: link('users/confirm/TOKEN') };
const supporter = {
  firstName: 'Zoë',
  org,
  campaign,
  privacy: { optIn: true },
  confirmLink: link('link/s/5/accept/REF'),
  rejectLink: link('link/s/5/reject/REF'),
  doiLink: link('link/d/5/REF'),
};

interface BuiltIn {
  kind: MailKind;
  variables: Record<string, unknown>;
  links: string[];
  words: string[];
}
const both = [confirm.acceptLink, confirm.rejectLink];
const builtIns: Record<string, BuiltIn> = {
  user_confirm_email: { kind: 'user', variables: user, links: [user.confirmLink], words: ['7 days'] },
  user_reset_password: { kind: 'user', variables: user, links: [user.confirmLink], words: ['one day'] },
  user_change_email: { kind: 'user', variables: user, links: [user.confirmLink], words: ['7 days'] },
  add_partner: { kind: 'confirm', variables: confirm, links: both, words: ['anna@example.org (Organiser)'] },
  add_staffer: {
    kind: 'confirm',
    variables: { ...confirm, org },
    links: both,
    words: ['Green & Co', 'new@example.org'],
  },
  launch_page: {
    kind: 'confirm',
    variables: { ...confirm, org, campaign },
    links: both,
    words: ['Green & Co', 'Save the <bees>', '@green'],
  },
  join_campaign: { kind: 'confirm', variables: { ...confirm, org, campaign }, links: both, words: ['Save the <bees>'] },
  confirm_action: { kind: 'confirm', variables: { ...confirm, creator: {} }, links: both, words: ['They wrote:'] },
  supporter_confirm: {
    kind: 'supporter',
    variables: supporter,
    links: [supporter.confirmLink, supporter.rejectLink],
    words: ['Dear Zoë,', 'Save the <bees>'],
  },
  thank_you: {
    kind: 'supporter',
    variables: supporter,
    links: [supporter.doiLink],
    words: ['Dear Zoë,', 'Green & Co'],
  },
  opt_in: {
    kind: 'supporter',
    variables: supporter,
    links: [supporter.doiLink],
    words: ['Dear Zoë,', 'Green & Co', 'Save the <bees>'],
  },
  followup_reminder: {
    kind: 'confirm',
    variables: { org, message: 'a call to make, due since 2026-03-01', subjectId: 17 },
    links: [],
    words: ['Green & Co', 'a call to make, due since 2026-03-01', 'item 17'],
  },
  push_endpoint_disabled: {
    kind: 'confirm',
    variables: {
      operation: 'push_endpoint_disabled',
      email: 'owner@example.org',
      message: 'HTTP 410 <gone>',
      subjectId: 7,
      objectId: 'webhook at crm.example.org',
      org,
    },
    links: [],
    words: ['Green & Co', 'service 7', 'webhook at crm.example.org', 'HTTP 410 <gone>'],
  },
  rule_alert: {
    kind: 'confirm',
    variables: {
      rule: { id: 4, name: 'Rejected <actions>', trigger: 'action_rejected', what: 'rejected action' },
      org,
      campaign,
      count: 60,
      more: 10,
      items: [{ text: 'actionId 7, actionType register' }, { text: 'actionId 8, actionType <share>' }],
      campaigns: [],
    },
    links: [],
    words: [
      'Rejected <actions>',
      'Green & Co',
      'Save the <bees>',
      'rejected action',
      'actionId 8, actionType <share>',
      '10 more',
    ],
  },
  rule_digest: {
    kind: 'confirm',
    variables: {
      rule: { id: 4, name: 'Every Monday', trigger: 'periodic', what: 'digest' },
      org,
      count: 2,
      since: '2026-11-14',
      more: '',
      items: [],
      campaigns: [
        { title: 'Save the <bees>', supporters: 120, newSupporters: '+20', actions: 130, newActions: '0' },
        { title: 'Trees', supporters: 3, actions: 4 },
      ],
    },
    links: [],
    words: [
      'Every Monday',
      'Green & Co',
      'Save the <bees>: 120 supporters (+20), 130 actions (0)',
      'Trees: 3 supporters, 4 actions',
      '2026-11-14',
    ],
  },
  report_ready: {
    kind: 'confirm',
    variables: {
      operation: 'report_ready',
      email: 'owner@example.org',
      message: 'campaign summary',
      subjectId: 7,
      acceptLink: link('reports/7/SECRET'),
      org,
    },
    links: [link('reports/7/SECRET')],
    words: ['Report 7 of Green & Co, campaign summary, can be downloaded for 14 days'],
  },
};

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function rendered(name: string, change: Record<string, unknown> = {}) {
  const { kind, variables } = builtIns[name] as BuiltIn;
  const template = builtInTemplate(name);
  if (!template) throw new Error(`no ${name}`);
  return renderMail(renderer, template, { kind, variables: { ...variables, ...change } });
}

it('there is one for each name', () => {
  expect(Object.keys(compiled).sort()).toEqual(Object.keys(builtIns).sort());
  expect(builtInTemplate('constructor')).toBeNull();
});

describe.each(Object.entries(builtIns))('%s', (name, { links, words }) => {
  const mail = rendered(name);

  it('has its links, in html and text', () => {
    for (const one of links) {
      expect(mail.html).toContain(`href="${escaped(one)}"`);
      expect(mail.text.split('\n')).toContain(one);
    }
    const hrefs = [...mail.html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href as string);
    expect(new Set(hrefs)).toEqual(new Set(links.map(escaped)));
  });

  it('says what it is about', () => {
    const html = mail.html.replace(/\s+/g, ' ');
    const text = mail.text.replace(/\s+/g, ' ');
    for (const word of words) {
      expect(html).toContain(escaped(word));
      expect(text).toContain(word);
    }
    expect(mail.subject).not.toMatch(/&amp;|[\r\n]/);
    expect(mail.subject.length).toBeGreaterThan(10);
  });

  it('leaves no tag and no gap', () => {
    for (const part of [mail.subject, mail.html, mail.text]) {
      expect(part).not.toMatch(/\{\{|\}\}|<!-- (title|reason|content)/);
    }
    expect(mail.text).not.toMatch(/\n{4,}|undefined|null/);
  });

  it('is whole without what may be missing', () => {
    const { text, html, subject } = rendered(name, { message: '', creator: {}, firstName: '', org: { title: 'Org' } });
    expect(text).not.toMatch(/wrote|Dear ,|\(\)/);
    expect(html).not.toMatch(/wrote|Dear ,|blockquote>/);
    expect(subject.trim()).not.toBe('');
  });

  it('is short enough, of nothing from elsewhere, and readable by machines that read aloud', () => {
    expect(Buffer.byteLength(mail.html)).toBeLessThan(cutAtBytes);
    expect(mail.html).not.toMatch(/<script|<link|@import|<img|url\(/i);
    expect(mail.html).toMatch(/<html[^>]* lang="en"/);
    expect(mail.html).toMatch(/<title>[^<]{4,}<\/title>/);
    expect(mail.html.match(/<h1>/g)).toHaveLength(1);
    const tables = mail.html.match(/<table\b[^>]*>/g) ?? [];
    expect(tables.filter((table) => !table.includes('role="presentation"'))).toEqual([]);
  });
});

it('messages of persons are text', () => {
  expect(rendered('add_staffer').html).toContain('Come &amp; &lt;join&gt; us');
  expect(rendered('add_staffer').text).toContain('Come & <join> us');
});

it('who did not opt in is asked for nothing', () => {
  const { html, text } = rendered('thank_you', { privacy: { optIn: false } });
  expect(html).not.toContain('/link/d/');
  expect(text).not.toContain('/link/d/');
});

it('what is compiled is of these sources: run `node tools/build.mjs`', () => {
  const { version } = createRequire(join(process.cwd(), 'package.json'))('mjml/package.json') as { version: string };
  const dir = join(process.cwd(), 'apps/email-delivery/src/templates/built-in');
  const hash = createHash('sha256').update(version);
  for (const file of readdirSync(dir).sort()) {
    if (/\.(mjml|txt)$/.test(file)) hash.update(`\0${file}\0${readFileSync(join(dir, file), 'utf8')}`);
  }
  expect(digest).toBe(hash.digest('hex'));
});

it('has exactly the templates that orgs may name', () => {
  expect(Object.keys(compiled).sort()).toEqual([...builtInTemplateNames].sort());
});
