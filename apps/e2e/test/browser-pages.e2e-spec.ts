import type { Browser, BrowserContext, Page } from 'playwright-core';
import { waitFor } from '@groundswell/testing';
import { launchChromium, screenshotPath } from '../src/chromium';
import { newEmail } from '../src/campaign-world';
import { MailTap } from '../src/mail-tap';
import { TestFleet } from '../src/test-fleet';

const firstPassword = 'Correct horse 1';
const nextPassword = 'Battery staple 2';

describe('the account pages in a browser without JavaScript', () => {
  let fleet: TestFleet;
  let mails: MailTap;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const email = newEmail();
  const troubles: string[] = [];

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start({ 'api-gateway': { PUBLIC_URL: 'http://127.0.0.1' } });
    mails = await MailTap.open(fleet.home.infra.amqpUrl);
    browser = await launchChromium();
    context = await browser.newContext({ javaScriptEnabled: false, baseURL: fleet.gatewayUrl, locale: 'en-GB' });
    page = await context.newPage();
    // What the content security policy stops is told here too.
    page.on('console', (message) => troubles.push(message.text()));
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // A page that was left before it had come.
      if (reason !== 'net::ERR_ABORTED') troubles.push(`${request.url()}: ${reason}`);
    });
  });
  afterAll(async () => {
    await browser?.close();
    await mails?.close();
    await fleet.stop();
  });

  const fill = async (fields: Record<string, string>, within = 'main'): Promise<void> => {
    for (const [label, value] of Object.entries(fields)) {
      await page.locator(within).getByLabel(label, { exact: true }).fill(value);
    }
  };
  const press = (name: string, within = 'main'): Promise<void> =>
    page.locator(within).getByRole('button', { name, exact: true }).click();
  const picture = async (name: string): Promise<void> => {
    await page.screenshot({ path: screenshotPath(name), fullPage: true });
  };
  const said = (): Promise<string> => page.locator('.flash').innerText();
  const path = (): string => new URL(page.url()).pathname;
  const linkIn = async (kind: string): Promise<string> => {
    const mail = await waitFor(() => mails.to(email).findLast(({ body }) => body.kind === kind));
    return new URL(String(mail.body.data['url'])).pathname;
  };

  it('register a person, who is logged in, and confirms by mail', async () => {
    await page.goto('/');
    await picture('welcome');
    await page.locator('nav').getByRole('link', { name: 'Register' }).click();
    await fill({ Email: email, Password: 'short' });
    await press('Register');
    expect(await page.getByRole('alert').innerText()).toContain('should be at least 12 character(s)');
    await picture('register-refused');
    await fill({ Password: firstPassword });
    await press('Register');
    expect([path(), await said()]).toEqual(['/', 'User created successfully.']);
    expect(await page.locator('.who').innerText()).toBe(email);
    await page.goto(await linkIn('user_confirm'));
    await picture('confirm');
    await press('Confirm my account');
    expect(await said()).toBe('User confirmed successfully.');
  });

  it('log out and in again, and lead back to where one wanted to go', async () => {
    await press('Log out', 'nav');
    expect(await said()).toBe('Logged out successfully.');
    await page.goto('/users/settings');
    expect([path(), await said()]).toEqual(['/users/log_in', 'You must log in to access this page.']);
    await picture('log-in');
    await fill({ Email: email, Password: firstPassword });
    await page.getByLabel('Keep me logged in for 60 days').check();
    await press('Log in');
    expect(path()).toBe('/users/settings');
    await picture('settings');
    const cookies = await context.cookies();
    expect(cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]).sort()).toEqual([
      ['_proca_key', true, 'Lax'],
      ['_proca_user_remember_me', true, 'Lax'],
    ]);
  });

  it('choose another password by mail', async () => {
    await press('Log out', 'nav');
    await page.goto('/users/log_in');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await fill({ Email: email });
    await press('Send the link');
    expect(await said()).toContain('If your email is in our system');
    await page.goto(await linkIn('user_reset'));
    await fill({ 'New password': nextPassword, 'New password again': nextPassword });
    await picture('new-password');
    await press('Save the password');
    expect([path(), await said()]).toEqual(['/users/log_in', 'Password reset successfully.']);
    await fill({ Email: email, Password: firstPassword });
    await press('Log in');
    expect(await page.getByRole('alert').innerText()).toContain('Invalid email or password');
    await fill({ Email: email, Password: nextPassword });
    await press('Log in');
    expect(await page.locator('.who').innerText()).toBe(email);
  });

  it('change the email once the new address was opened', async () => {
    const other = newEmail();
    await page.goto('/users/settings');
    await fill({ Email: other, 'Current password': nextPassword }, '#update_email');
    await press('Change email');
    expect(await said()).toContain('has been sent to the new address');
    const mail = await waitFor(() => mails.to(other)[0]);
    await page.goto(new URL(String(mail.body.data['url'])).pathname);
    expect(await said()).toBe('Email changed successfully.');
    expect(await page.locator('.who').innerText()).toBe(other);
  });

  it('fit a narrow screen, name every field, and can be walked through by keyboard', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const address of ['/users/settings', '/']) {
      await page.goto(address);
      await picture(address === '/' ? 'narrow-welcome' : 'narrow-settings');
      // Without scripts of its own the page still lets tools ask.
      const width = await page.locator('main').boundingBox();
      expect(width?.width).toBeLessThanOrEqual(320);
    }
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to content');
    await page.goto('/users/settings');
    for (const field of await page.locator('main input:not([type=hidden]):not([hidden])').all()) {
      const id = await field.getAttribute('id');
      expect(await page.locator(`label[for="${id}"]`).count()).toBe(1);
    }
  });

  it('meet nothing that is missing, or that their own policy forbids', () => {
    expect(troubles.filter((text) => !text.includes('422'))).toEqual([]);
  });
});
