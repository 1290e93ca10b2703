import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { loadConfigOrExit, secret } from '@groundswell/config';
import { ensureAccounts, makeLive, type Account } from './demo/demo-accounts';
import { demoNames, ensureCampaign, ensurePreviewMail } from './demo/demo-campaign';
import { waitForCrmLogin } from './demo/crm-login';
import { GraphqlClient } from './demo/graphql-client';

/** Makes the demo organisation and campaign through the API. The last line of output is what run.json says of it. */
const settings = loadConfigOrExit(
  z.object({
    GATEWAY_URL: z.url(),
    DATABASE_URL: secret(),
    AMQP_URL: secret(),
    ENVELOPE_KEY: secret(),
    DEMO_DIR: z.string(),
  }),
);

const newAccount = (email: string): Account => ({ email, password: randomBytes(12).toString('base64url') });

const tokenOf = async ({ email, password }: Account): Promise<string> => {
  const client = GraphqlClient.basic(settings.GATEWAY_URL, email, password);
  return (await client.call<{ resetApiToken: string }>('mutation { resetApiToken }')).resetApiToken;
};

const admin = newAccount('admin@groundswell.localhost');
const owner = newAccount('owner@greenorg.localhost');
await ensureAccounts(settings.DATABASE_URL, admin, owner);
const [adminToken, ownerToken] = [await tokenOf(admin), await tokenOf(owner)];
const keyFile = join(settings.DEMO_DIR, 'greenorg-keys.json');
const campaign = await ensureCampaign(GraphqlClient.token(settings.GATEWAY_URL, ownerToken), keyFile);
// After the demo org, which would otherwise begin with the instance's backend.
await ensurePreviewMail(GraphqlClient.token(settings.GATEWAY_URL, adminToken), 'instance');
await makeLive(settings.DATABASE_URL, campaign.pageId);
const amqpUrl = await waitForCrmLogin(
  { databaseUrl: settings.DATABASE_URL, amqpUrl: settings.AMQP_URL, envelopeKey: settings.ENVELOPE_KEY },
  campaign.orgId,
  60_000,
);

const seeded = {
  admin: { ...admin, token: adminToken },
  demo: {
    orgId: campaign.orgId,
    orgName: demoNames.org,
    campaignId: campaign.campaignId,
    campaignName: demoNames.campaign,
    pageId: campaign.pageId,
    pageName: demoNames.page,
    owner: { ...owner, token: ownerToken },
    crm: { amqpUrl, queue: `${demoNames.org}.crm`, keyFile },
  },
};
process.stdout.write(`${JSON.stringify(seeded)}\n`);
