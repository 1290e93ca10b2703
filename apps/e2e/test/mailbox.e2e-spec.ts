import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { waitFor } from '@groundswell/testing';
import { launchChromium, screenshotPath } from '../src/chromium';
import { TestFleet } from '../src/test-fleet';

/** Tries all that a mail could: its server hears of it when anything of that works. */
const wickedMail = (site: string): string => `<!doctype html>
<html><head><title>Mail</title><base href="${site}/base/"><meta http-equiv="refresh" content="0;url=${site}/refresh">
<link rel="stylesheet" href="${site}/style.css"><script src="${site}/script.js"></script></head>
<body onload="fetch('${site}/onload')" style="background: #eef6ee">
<h1>Thank you, Ada</h1>
<p><a id="confirm" href="${site}/confirm?a=1&amp;b=2">Confirm your signature</a></p>
<p><a id="top" target="_top" href="${site}/top">Over the whole page</a></p>
<script>fetch('${site}/inline'); window.parent.document.title = 'taken'</script>
<form action="${site}/form"><button id="send">Send</button></form>
<iframe src="${site}/frame"></iframe><img src="${site}/plain-http.png" alt="Picture">
</body></html>`;

describe('the mailbox in a browser', () => {
  let fleet: TestFleet;
  let site: Server;
  let siteUrl: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let mailId: string;
  const heard: (string | undefined)[] = [];

  beforeAll(async () => {
    site = createServer((request, response) => {
      heard.push(request.url);
      response.setHeader('content-type', 'text/html');
      response.end('<title>Confirmed</title><script>document.title += " " + (window.opener === null)</script>');
    });
    await once(site.listen(0, '127.0.0.1'), 'listening');
    siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    fleet = await TestFleet.create();
    // Alone: it needs no other service for this.
    const gateway = await fleet.startOne('api-gateway');
    await waitFor(async () => (await fetch(`${gateway.url}/mailbox`)).ok);
    const { rows } = await fleet.sql.query<{ id: string }>(
      `insert into mail.previews (message_id, from_address, to_address, subject, html, text, source)
       values ('action.1.x@example.org', 'org@example.org', 'ada@example.org', 'Thank you', $1, $2, 'Subject: Thank you')
       returning id`,
      [wickedMail(siteUrl), `Confirm: ${siteUrl}/from-text.`],
    );
    mailId = String(rows[0]?.id);
    browser = await launchChromium();
    // With scripts, so that those of a mail could run.
    context = await browser.newContext({ baseURL: gateway.url });
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    site.close();
    await fleet.stop();
  });

  const opened = async (click: () => Promise<void>): Promise<string> => {
    const [popup] = await Promise.all([context.waitForEvent('page'), click()]);
    await popup.waitForLoadState();
    const title = await popup.title();
    await popup.close();
    return title;
  };

  it('leads from the list to a mail, and shows it without letting it do anything', async () => {
    await page.goto('/mailbox');
    await page.screenshot({ path: screenshotPath('mailbox'), fullPage: true });
    await page.getByRole('link', { name: 'Thank you' }).click();
    const mail = page.frameLocator('iframe[title="The mail as html"]');
    expect(await mail.locator('h1').innerText()).toBe('Thank you, Ada');
    await mail.locator('#send').click();
    await mail.locator('#top').click();
    await page.screenshot({ path: screenshotPath('mailbox-mail'), fullPage: true });
    expect(await page.title()).toBe('Thank you · Mailbox · Groundswell');
    expect(new URL(page.url()).pathname).toBe(`/mailbox/${mailId}`);
    expect(heard).toEqual([]);
  });

  it('opens links of html and text as pages of their own, which know nothing of ours', async () => {
    const mail = page.frameLocator('iframe[title="The mail as html"]');
    expect(await opened(() => mail.locator('#confirm').click())).toBe('Confirmed true');
    await page.getByRole('link', { name: 'Text', exact: true }).click();
    expect(await opened(() => page.locator('pre a').click())).toBe('Confirmed true');
    expect(heard.filter((url) => url !== '/favicon.ico')).toEqual(['/confirm?a=1&b=2', '/from-text']);
  });

  it('shows the html alone under the same limits', async () => {
    heard.length = 0;
    await page.goto(`/mailbox/${mailId}/html`);
    expect(await page.locator('h1').innerText()).toBe('Thank you, Ada');
    await page.locator('#send').click();
    expect(heard.filter((url) => url !== '/favicon.ico')).toEqual([]);
  });
});
