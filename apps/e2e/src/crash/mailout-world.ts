import { aCampaign, anOrg, aPage, unique, type TestOrg } from '../campaign-world';
import type { TestFleet } from '../test-fleet';
import { mailsThrough } from './mail-world';

export interface MailoutOrg {
  org: TestOrg;
  campaign: { id: number; name: string };
  pageId: number;
}

export interface MailoutState {
  name: string;
  state: string;
  error: string | null;
  mailingId: string | null;
  counts: { candidates: number; handedOver: number; leftOut: number; awaitingOptIn: number };
}

const fields = 'name state error mailingId counts { candidates handedOver leftOut awaitingOptIn }';

/** An org without key, so that its supporters' addresses are known, with a template and a mail account. */
export async function aMailoutOrg(fleet: TestFleet, mailHost: string): Promise<MailoutOrg> {
  const org = await anOrg(fleet, { withKey: false });
  const campaign = await aCampaign(org);
  const page = await aPage(org, campaign);
  await mailsThrough(org, mailHost);
  await org.owner.data(
    'mutation ($org: String!, $input: EmailTemplateInput!) { upsertTemplate(orgName: $org, input: $input) }',
    {
      org: org.name,
      input: {
        name: 'news',
        locale: 'en',
        subject: 'News',
        html: '<a href="{{{personalLink}}}">Dear {{firstName}}</a>',
      },
    },
  );
  return { org, campaign, pageId: page.id };
}

/** Supporters as action-ingest has stored them: `reader<n>@example.org`, consenting, delivered. */
export async function seedSupporters(
  fleet: TestFleet,
  { org, campaign, pageId }: MailoutOrg,
  count: number,
): Promise<void> {
  await fleet.sql.query(
    `with people as (
       insert into actions.supporters (campaign_id, action_page_id, fingerprint, first_name, processing_status, dupe_rank)
       select $1, $2, sha256(convert_to($3 || n, 'UTF8')), 'Reader ' || n, 3, 0 from generate_series(1, $4::int) n
       returning id, first_name
     ), records as (
       insert into actions.contacts (supporter_id, org_id, payload, communication_consent, delivery_consent)
       select id, $5, convert_to(json_build_object('firstName', first_name,
              'email', 'reader' || substr(first_name, 8) || '@example.org')::text, 'UTF8'), true, true from people
     ) insert into actions.actions (supporter_id, campaign_id, action_page_id, action_type, with_consent, processing_status)
       select id, $1, $2, 'register', true, 4 from people`,
    [campaign.id, pageId, org.name, count, org.id],
  );
  await fleet.sql.query('analyze actions.supporters, actions.contacts, actions.actions');
}

export async function addMailout({ org, campaign }: MailoutOrg): Promise<string> {
  const name = unique('mailout');
  await org.owner.data(
    `mutation ($org: String!, $input: MailoutInput!) { addMailout(orgName: $org, input: $input) { id } }`,
    { org: org.name, input: { name, campaignName: campaign.name, template: 'news' } },
  );
  return name;
}

export async function changeMailout(
  { org }: MailoutOrg,
  name: string,
  how: 'startMailout' | 'pauseMailout' | 'stopMailout',
): Promise<MailoutState> {
  const { changed } = await org.owner.data<{ changed: MailoutState }>(
    `mutation ($org: String!, $name: String!) { changed: ${how}(orgName: $org, name: $name) { ${fields} } }`,
    { org: org.name, name },
  );
  return changed;
}

export async function mailoutState({ org }: MailoutOrg, name: string): Promise<MailoutState> {
  const { mailouts } = await org.owner.data<{ mailouts: MailoutState[] }>(
    `query ($org: String!) { mailouts(orgName: $org) { ${fields} } }`,
    { org: org.name },
  );
  const found = mailouts.find((mailout) => mailout.name === name);
  if (!found) throw new Error(`no mailout ${name}`);
  return found;
}

/** Of the mails handed over, by state. */
export async function mailStates({ org }: MailoutOrg, name: string): Promise<Record<string, number>> {
  const { mailoutPeople } = await org.owner.data<{ mailoutPeople: { mails: { state: string; count: number }[] } }>(
    'query ($org: String!, $name: String!) { mailoutPeople(orgName: $org, name: $name) { mails { state count } } }',
    { org: org.name, name },
  );
  const states: Record<string, number> = {};
  for (const { state, count } of mailoutPeople.mails) states[state] = (states[state] ?? 0) + count;
  return states;
}

/** Where no mail goes out: a scenario looks at what is handed over. */
export const noMailServer = 'tls://localhost:1';

export const requireOptIn = (fleet: TestFleet, { org }: MailoutOrg): Promise<unknown> =>
  fleet.sql.query(`update catalog.orgs set config = '{"doubleOptIn": {"required": true}}' where id = $1`, [org.id]);

/** Messages of notify-service whose id begins so, published or waiting. */
export async function toldOf(fleet: TestFleet, id: string): Promise<number> {
  const { rows } = await fleet.sql.query<{ n: number }>(
    `select count(distinct message_id)::int as n
       from (select message_id from notify.outbox union all select message_id from notify.outbox_sent) told
      where starts_with(message_id, $1 || ':')`,
    [id],
  );
  return rows[0]?.n ?? 0;
}
