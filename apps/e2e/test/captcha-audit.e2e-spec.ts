import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, aSignature, signMutation, type TestPage } from '../src/campaign-world';
import { TestFleet } from '../src/test-fleet';

describe('the audit of captchas', () => {
  let fleet: TestFleet;
  let provider: Server;
  let page: TestPage;

  beforeAll(async () => {
    provider = createServer((_request, response) => response.end('{"success":true,"method":"image"}'));
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const { port } = provider.address() as AddressInfo;
    fleet = await TestFleet.create();
    const captcha = { PROCAPTCHA_URL: `http://127.0.0.1:${port}/`, CAPTCHA_REQUIRED: 'true' };
    await fleet.start({ 'api-gateway': captcha });
    const org = await anOrg(fleet);
    page = await aPage(org, await aCampaign(org));
  });
  afterAll(async () => {
    await fleet.stop();
    await new Promise((resolve) => provider.close(resolve));
  });

  it('Fix: leads from the method to the action and the supporter it was solved for', async () => {
    const response = await fetch(`${fleet.gatewayUrl}/api`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: signMutation, variables: aSignature(page), extensions: { captcha: 'solved' } }),
    });
    expect(await response.json()).not.toHaveProperty('errors');
    const audited = await waitFor(async () => {
      const { rows } = await fleet.sql.query<object>(
        `select c.service, c.method, a.action_page_id::int as page
           from catalog.captcha_checks c join actions.submissions u on u.id = c.submission_id
           join actions.actions a on a.id = u.action_id join actions.supporters s on s.id = a.supporter_id`,
      );
      return rows.length > 0 && rows;
    });
    expect(audited).toEqual([{ service: 'procaptcha', method: 'image', page: page.id }]);
  });
});
