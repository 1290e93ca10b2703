import type { Browser, BrowserContext, Page } from 'playwright-core';
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
import { launchChromium, screenshotPath } from '../src/chromium';
import { TestFleet } from '../src/test-fleet';

describe('the story of a signature in the mailbox', () => {
  let fleet: TestFleet;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let org: TestOrg;
  let campaign: { id: number; name: string };

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
    const mailer = await fleet.startOne('email-delivery', { PUBLIC_URL: fleet.gatewayUrl });
    await mailer.ready({ deadlineMs: 60_000 });
    org = await anOrg(fleet);
    await org.owner.data(
      `mutation ($org: String!) {
         updateOrg(name: $org, input: { title: "River Watch" }) { name }
         upsertService(orgName: $org, input: { name: PREVIEW }) { id }
         updateOrgProcessing(name: $org, emailBackend: PREVIEW, emailFrom: "hello@river-watch.example") { name } }`,
      { org: org.name },
    );
    campaign = await aCampaign(org, { title: 'Clean water for the Vistula' });
    browser = await launchChromium();
    context = await browser.newContext({ baseURL: fleet.gatewayUrl, viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await fleet.stop();
  });

  const sign = async ({ id }: TestPage): Promise<string> => {
    const email = newEmail();
    const signature = aSignature({ id });
    const contact = { ...(signature['contact'] as object), email };
    await fleet.anonymous.data(signMutation, { ...signature, contact });
    return email;
  };

  /** Reloads the list until so many mails to this person are in it. */
  const mailsTo = (email: string, count: number): Promise<void> =>
    waitFor(async () => {
      await page.goto('/mailbox');
      return (await page.getByRole('row').filter({ hasText: email }).count()) === count;
    }).then(() => undefined);

  const openMail = (email: string, subject: RegExp): Promise<void> =>
    page.getByRole('row').filter({ hasText: email }).getByRole('link', { name: subject }).click();

  /** Of the mail as its reader sees it, on a screen and on a phone. */
  const pictures = async (name: string): Promise<void> => {
    await page.screenshot({ path: screenshotPath(name), fullPage: true });
    const html = `${new URL(page.url()).pathname}/html`;
    for (const [suffix, width] of [
      ['alone', 800],
      ['phone', 390],
    ] as const) {
      const reader = await context.newPage();
      await reader.setViewportSize({ width, height: 700 });
      await reader.goto(html);
      await reader.screenshot({ path: screenshotPath(`${name}-${suffix}`), fullPage: true });
      await reader.close();
    }
  };

  it('leads to one thank-you', async () => {
    const email = await sign(await aPage(org, campaign, { thankYouTemplate: 'thank_you' }));
    await mailsTo(email, 1);
    await page.screenshot({ path: screenshotPath('mail-story-list'), fullPage: true });
    await openMail(email, /^Thank you/);
    const mail = page.frameLocator('iframe[title="The mail as html"]');
    expect(await mail.locator('body').innerText()).toContain('Clean water for the Vistula');
    await pictures('mail-story-thank-you');
  });

  it('leads to a confirm mail, and once its link is opened to delivery and the thank-you', async () => {
    const confirmed = await aPage(org, campaign, { thankYouTemplate: 'thank_you' });
    await org.owner.data(
      `mutation ($org: String!, $template: String) {
         updateOrgProcessing(name: $org, supporterConfirm: true, supporterConfirmTemplate: $template) { name } }`,
      { org: org.name, template: 'supporter_confirm' },
    );
    const email = await sign(confirmed);
    await mailsTo(email, 1);
    await openMail(email, /One more click|confirm/i);
    const mail = page.frameLocator('iframe[title="The mail as html"]');
    const [answer] = await Promise.all([
      context.waitForEvent('page'),
      mail.getByRole('link', { name: 'Yes, it was me' }).click(),
    ]);
    await answer.waitForLoadState();
    await answer.screenshot({ path: screenshotPath('mail-story-confirmed'), fullPage: true });
    await answer.close();
    await pictures('mail-story-confirm');
    await mailsTo(email, 2);
    expect(await page.getByRole('row').filter({ hasText: email }).getByRole('link').allInnerTexts()).toEqual([
      expect.stringMatching(/^Thank you/),
      expect.not.stringMatching(/^Thank you/),
    ]);
    const { rows } = await fleet.sql.query<{ delivered: number }>(
      'select count(*)::int as delivered from actions.actions where action_page_id = $1 and processing_status = 4',
      [confirmed.id],
    );
    expect(rows[0]?.delivered).toBe(1);
    await page.screenshot({ path: screenshotPath('mail-story-both'), fullPage: true });
  });
});
