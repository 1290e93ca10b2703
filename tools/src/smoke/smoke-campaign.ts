import { Client } from 'pg';
import { databaseAddress } from '@groundswell/persistence';
import { hashPassword } from '@groundswell/crypto';
import { GraphqlClient } from '../demo/graphql-client';

const names = { org: 'groundswell-smoke', campaign: 'groundswell-smoke', page: 'groundswell-smoke/en' } as const;
const account = 'smoke@groundswell.invalid';
const databaseTimeoutMs = 10_000;

export interface SmokePage {
  pageId: number;
  orgName: string;
}

/** An org, a campaign and a live page of the smoke test's own, made by its first run and found again by the others. */
export async function ensureSmokePage(
  gatewayUrl: string,
  databaseUrl: string,
  password: string,
): Promise<[GraphqlClient, SmokePage]> {
  const database = new Client({
    ...databaseAddress(databaseUrl),
    connectionTimeoutMillis: databaseTimeoutMs,
    query_timeout: databaseTimeoutMs,
  });
  await database.connect();
  try {
    // The account's password is of this run alone: nobody knows it afterwards.
    await database.query(
      `insert into catalog.users (email, hashed_password, perms, confirmed_at) values ($1, $2, 0, now())
       on conflict (email) do update set hashed_password = excluded.hashed_password`,
      [account, await hashPassword(password)],
    );
    const basic = GraphqlClient.basic(gatewayUrl, account, password);
    const { resetApiToken } = await basic.call<{ resetApiToken: string }>('mutation { resetApiToken }');
    const owner = GraphqlClient.token(gatewayUrl, resetApiToken);
    const pageId = await ensurePage(owner);
    // Launching a page through the API asks a person to confirm.
    await database.query('update catalog.action_pages set live = true where id = $1 and not live', [pageId]);
    return [owner, { pageId, orgName: names.org }];
  } finally {
    await database.end();
  }
}

async function ensurePage(owner: GraphqlClient): Promise<number> {
  await ensureOrg(owner);
  await owner.call(
    `mutation ($org: String!, $input: CampaignInput!) { upsertCampaign(orgName: $org, input: $input) { id } }`,
    {
      org: names.org,
      input: {
        name: names.campaign,
        title: 'Smoke test',
        status: 'LIVE',
        config: '{}',
        actionPages: [{ name: names.page, locale: 'en' }],
      },
    },
  );
  const { actionPage } = await owner.call<{ actionPage: { id: number } }>(
    `query ($name: String!) { actionPage(name: $name) { id } }`,
    { name: names.page },
  );
  return actionPage.id;
}

async function ensureOrg(owner: GraphqlClient): Promise<void> {
  try {
    await owner.call(`mutation ($input: OrgInput!) { addOrg(input: $input) { name } }`, {
      input: { name: names.org, title: 'Smoke test', contactSchema: 'BASIC' },
    });
  } catch (error) {
    // Made by an earlier run; anything else is for the caller.
    if (!(error instanceof Error) || !error.message.includes('has already been taken')) throw error;
  }
}
