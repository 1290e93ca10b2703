import { mailRequestV1 } from '@groundswell/contracts';
import type { CatalogueCampaign, CatalogueOrg, CataloguePage } from '@groundswell/persistence';
import { confirmMails, type MailSender } from './confirm-mail';
import { confirmScene, type ConfirmScene } from './confirm-scene';
import type { Account, NotifiableConfirm } from './notifiable-confirm';

const present = { deletedAt: null };
const org = (id: number, name: string, config = {}) => ({ ...present, id, name, title: `The ${name}`, config });
const lead = org(10, 'lead') as CatalogueOrg;
const partner = org(20, 'partner', { twitter: { screen_name: 'partner', followersCount: 7 } }) as CatalogueOrg;
const campaign = { ...present, id: 30, name: 'river', title: 'Save the river', orgId: 10 } as CatalogueCampaign;
const page = { ...present, id: 40, name: 'partner/river', locale: 'de', orgId: 20, campaignId: 30 } as CataloguePage;

const tableOf = <Row extends { id: number }>(...rows: Row[]) => new Map(rows.map((row) => [row.id, row]));
const catalogue = { orgs: tableOf(lead, partner), campaigns: tableOf(campaign), pages: tableOf(page) } as never;

const aConfirm = (change: Partial<NotifiableConfirm>): NotifiableConfirm => ({
  id: 5,
  operation: 'launch_page',
  subjectId: 30,
  objectId: 40,
  email: null,
  code: '123456789012',
  isOpen: true,
  expiresAt: new Date('2026-12-20T10:00:00Z'),
  message: 'please',
  creator: { userId: 9, email: 'asker@example.org', jobTitle: null },
  ...change,
});
const launch = aConfirm({});
const partnerInvitation = aConfirm({
  operation: 'add_partner',
  subjectId: 40,
  objectId: null,
  email: 'New+Partner@example.org',
});
const staffInvitation = aConfirm({ operation: 'add_staffer', subjectId: 20, objectId: 1540096, email: 'jo@b.org' });
const joining = aConfirm({ operation: 'join_campaign', subjectId: 20, objectId: 30 });

const deciders: Account[] = [
  { userId: 1, email: 'owner@example.org', jobTitle: null },
  { userId: 2, email: 'campaigner@example.org', jobTitle: null },
];
const sender: MailSender = { publicUrl: 'https://act.example.org', instanceOrg: { id: 1, config: {} } };

const sceneOf = (confirm: NotifiableConfirm): ConfirmScene => {
  const scene = confirmScene(catalogue, confirm);
  if (!scene) throw new Error('nothing it is about');
  return scene;
};
const mailsOf = (confirm: NotifiableConfirm, by: MailSender = sender) =>
  confirmMails(confirm, sceneOf(confirm), sceneOf(confirm).decidingOrgId === null ? [] : deciders, by);

describe('mails of a confirm', () => {
  it.each<[string, NotifiableConfirm, number | null, string[]]>([
    ['launch_page', launch, 10, ['owner@example.org', 'campaigner@example.org']],
    ['join_campaign', joining, 10, ['owner@example.org', 'campaigner@example.org']],
    ['add_staffer', staffInvitation, null, ['jo@b.org']],
    ['add_partner', partnerInvitation, null, ['New+Partner@example.org']],
  ])('%s go to those who decide', (kind, confirm, decidingOrgId, addresses) => {
    expect(sceneOf(confirm).decidingOrgId).toBe(decidingOrgId);
    const mails = mailsOf(confirm);
    expect(mails.map(({ to }) => to.email)).toEqual(addresses);
    expect(new Set(mails.map((mail) => mail.kind))).toEqual(new Set([kind]));
    for (const mail of mails) expect(mailRequestV1.parse(mail)).toEqual(mail);
  });

  it('have a purpose each, the same every time, without an address in it', () => {
    expect(mailsOf(launch).map(({ purpose }) => purpose)).toEqual(['confirm:5:1', 'confirm:5:2']);
    const [mail] = mailsOf(partnerInvitation);
    expect(mail?.purpose).toMatch(/^confirm:5:[0-9a-f]{16}$/);
    const [again] = mailsOf({ ...partnerInvitation, email: 'new+partner@EXAMPLE.org' });
    expect(again?.purpose).toBe(mail?.purpose);
  });

  it('carry the variables of their templates, "" for what is not known', () => {
    expect(mailsOf(launch)[0]?.data).toEqual({
      orgId: 1,
      operation: 'launch_page',
      email: '',
      message: 'please',
      subjectId: 30,
      objectId: 40,
      code: '123456789012',
      creator: { email: 'asker@example.org', jobTitle: '' },
      acceptLink: 'https://act.example.org/link/accept/123456789012?id=40',
      rejectLink: 'https://act.example.org/link/reject/123456789012?id=40',
      org: {
        name: 'partner',
        title: 'The partner',
        twitter: { name: '', screenName: 'partner', picture: '', description: '', url: '', followersCount: 7 },
      },
      campaign: { name: 'river', title: 'Save the river' },
      actionPage: { id: 40, name: 'partner/river', locale: 'de' },
    });
    const nobodys = mailsOf({ ...staffInvitation, message: null, creator: null })[0];
    expect(nobodys?.data).toMatchObject({ message: '', creator: { email: '', jobTitle: '' }, objectId: 1540096 });
    expect(nobodys?.data).not.toHaveProperty('campaign');
  });

  it('are never sent after the code has ended', () => {
    expect(mailsOf(launch)[0]?.notAfter).toBe('2026-12-20T10:00:00.000Z');
  });

  it("are in the instance org's language where it has one", () => {
    expect(mailsOf(launch)[0]?.locale).toBeNull();
    const german = { ...sender, instanceOrg: { id: 1, config: { locale: 'de' } } };
    expect(mailsOf(launch, german)[0]?.locale).toBe('de');
  });
});

describe('what a confirm is about', () => {
  const gone = { ...page, deletedAt: new Date() };
  const without = { orgs: tableOf(lead, partner), campaigns: tableOf(campaign), pages: tableOf(gone) } as never;
  const leaderless = {
    orgs: tableOf(partner),
    campaigns: tableOf({ ...campaign, orgId: null }),
    pages: tableOf(page),
  } as never;

  it.each<[string, never, NotifiableConfirm]>([
    ['a page that is deleted', without, launch],
    ['a page that never was', catalogue, { ...launch, objectId: 41 }],
    ['a campaign without a lead, to launch in', leaderless, launch],
    ['a campaign without a lead, to join', leaderless, joining],
    ['an org that never was', catalogue, { ...staffInvitation, subjectId: 21 }],
    ['an action, which its moderators decide', catalogue, { ...launch, operation: 'confirm_action' }],
  ])('is nothing for %s', (_what, known, confirm) => {
    expect(confirmScene(known, confirm)).toBeNull();
  });
});
