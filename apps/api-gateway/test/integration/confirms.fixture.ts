import { randomBytes } from 'node:crypto';
import { hashApiToken, newApiToken } from '@groundswell/crypto';
import { roleMask, type Role } from '@groundswell/domain';
import type { GraphqlAnswer } from './accept.fixture';
import { GatewayFleet, type Environment, type RunningGateway } from './gateway.fixture';

export interface Org {
  id: number;
  name: string;
  owner: Person;
}
export interface Person {
  id: number;
  email: string;
  token: string;
}
export interface Named {
  id: number;
  name: string;
}
export type Verb = 'accept' | 'reject';

interface ConfirmRow {
  id: number;
  code: string;
  charges: number;
  subject_id: number;
  object_id: number | null;
  email: string | null;
}

/** Where notify-service would read facts about confirms. */
export const factsQueue = 'facts';

export const codeInvalid = ': code invalid';
export const expired = 'expired: expired';
export const insufficient = 'permission_denied: User does not have sufficient permissions';
export const noMember = 'unauthorized: User is not a member of organisation';
export const denied = 'permission_denied: You do not have the required permission';

export const unique = (word: string): string => `${word}_${randomBytes(4).toString('hex')}`;

/** The data of an answer without errors. */
export function dataOf({ data, errors }: GraphqlAnswer): Record<string, unknown> {
  if (errors) throw new Error(JSON.stringify(errors));
  return data as Record<string, unknown>;
}

/** Code and message of the first error. */
export const errorOf = ({ errors }: GraphqlAnswer): string =>
  errors?.[0] ? `${String(errors[0].extensions?.['code'] ?? '')}: ${errors[0].message}` : 'none';

export const statusOf = (given: GraphqlAnswer): string => (dataOf(given)['answer'] as { status: string }).status;

const answer = 'status message actionPage { __typename id name live } campaign { id } org { __typename id }';

/** A whole gateway, and in it a campaign of one org with a page of another. Orgs' events wait in the outbox, since nobody
 *  has declared their queues. */
export class ConfirmWorld {
  lead!: Org;
  partner!: Org;
  campaign!: Named;
  page!: Named;

  private constructor(
    readonly fleet: GatewayFleet,
    readonly gateway: RunningGateway,
    readonly instanceId: number,
  ) {}

  static async start(changes: Environment = {}): Promise<ConfirmWorld> {
    const fleet = await GatewayFleet.create();
    await fleet.vhost.declareExchange('event');
    await fleet.vhost.declareQueue(factsQueue, { exchange: 'event', key: 'system.fact.confirm.#' });
    const gateway = await fleet.start({ PUBLIC_URL: 'https://campaigns.test/', ...changes });
    await gateway.isReady();
    const { rows } = await fleet.sql.query<{ id: string }>(`select id from catalog.orgs where name = 'instance'`);
    return new ConfirmWorld(fleet, gateway, Number(rows[0]?.id));
  }

  /** Other orgs, another campaign, another page. */
  async renew(): Promise<void> {
    this.lead = await this.addOrg('lead');
    this.partner = await this.addOrg('partner', { twitter: { screen_name: 'partner', followers_count: 12 } });
    this.campaign = await this.addCampaign();
    this.page = await this.addPage(this.partner, 'bees');
  }

  async person(perms = 0, password = 'x'): Promise<Person> {
    const { token } = newApiToken();
    const email = `${unique('Anna')}@example.org`;
    const columns = { email, hashed_password: password, perms, job_title: 'Campaigner' };
    const id = await this.fleet.insert('users', columns);
    await this.fleet.insert('users_tokens', { user_id: id, token: hashApiToken(token), context: 'api' });
    return { id, email, token };
  }

  async member(org: { id: number }, role: Role, perms = 0): Promise<Person> {
    const someone = await this.person(perms);
    await this.fleet.insert('staffers', { user_id: someone.id, org_id: org.id, perms: roleMask[role] });
    return someone;
  }

  async addOrg(word: string, config: object = {}): Promise<Org> {
    const name = unique(word);
    const id = await this.fleet.insert('orgs', { name, title: `The ${word}`, config });
    await this.gateway.catalogue.refresh();
    return { id, name, owner: await this.member({ id }, 'owner') };
  }

  async addCampaign(): Promise<Named> {
    const name = unique('campaign');
    const id = await this.fleet.insert('campaigns', { name, title: 'Bees', org_id: this.lead.id });
    await this.gateway.catalogue.refresh();
    return { id, name };
  }

  /** In the campaign; not live. */
  async addPage(org: Org, path: string): Promise<Named> {
    const name = `${org.name}/${path}`;
    const columns = { name, locale: 'en', org_id: org.id, campaign_id: this.campaign.id, config: { a: 1 } };
    const id = await this.fleet.insert('action_pages', { ...columns, delivery: false });
    await this.gateway.catalogue.refresh();
    return { id, name };
  }

  async sql<Row extends object>(query: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.fleet.sql.query<Row>(query, values)).rows;
  }

  async isLive(pageId: number): Promise<boolean> {
    const [row] = await this.sql<{ live: boolean }>('select live from catalog.action_pages where id = $1', [pageId]);
    return row?.live ?? false;
  }

  async maskOf({ id }: Person, org: Org): Promise<number | null> {
    const query = 'select perms from catalog.staffers where user_id = $1 and org_id = $2';
    return (await this.sql<{ perms: number }>(query, [id, org.id]))[0]?.perms ?? null;
  }

  async lastConfirm(): Promise<ConfirmRow> {
    return (await this.sql<ConfirmRow>('select * from catalog.confirms order by id desc limit 1'))[0]!;
  }

  async chargesOf(code: string): Promise<number> {
    return (await this.sql<ConfirmRow>('select * from catalog.confirms where code = $1', [code]))[0]!.charges;
  }

  /** Events waiting for an org, oldest first. */
  async eventsOf(orgId: number): Promise<{ key: string; body: Record<string, unknown> }[]> {
    const rows = await this.sql<{ routing_key: string; body: string }>(
      'select routing_key, body from catalog.outbox where lane = $1 order by id',
      [orgId],
    );
    return rows.map(({ routing_key: key, body }) => ({ key, body: JSON.parse(body) as Record<string, unknown> }));
  }

  launch(token?: string, message: string | null = null): Promise<GraphqlAnswer> {
    const mutation =
      'mutation ($name: String!, $message: String) { launchActionPage(name: $name, message: $message) { status } }';
    return this.gateway.post(mutation, { name: this.page.name, message }, token);
  }

  byOrg(verb: Verb, { name }: Org, confirm: object, token?: string): Promise<GraphqlAnswer> {
    const mutation = `mutation ($name: String!, $confirm: ConfirmInput!) {
      answer: ${verb}OrgConfirm(name: $name, confirm: $confirm) { ${answer} } }`;
    return this.gateway.post(mutation, { name, confirm }, token);
  }

  byUser(verb: Verb, confirm: object, token?: string): Promise<GraphqlAnswer> {
    const mutation = `mutation ($confirm: ConfirmInput!) { answer: ${verb}UserConfirm(confirm: $confirm) { ${answer} } }`;
    return this.gateway.post(mutation, { confirm }, token);
  }

  /** By the partner. */
  async requestLaunch(message: string | null = null): Promise<{ code: string; objectId: number }> {
    const given = dataOf(await this.launch(this.partner.owner.token, message));
    expect(given).toEqual({ launchActionPage: { status: 'CONFIRMING' } });
    return { code: (await this.lastConfirm()).code, objectId: this.page.id };
  }

  /** Into the lead's team. */
  async invite(email: string, role: Role = 'campaigner'): Promise<{ code: string; email: string }> {
    const mutation = `mutation ($org: String!, $input: OrgUserInput!) {
      inviteOrgUser(orgName: $org, input: $input, message: "Come") { code objectId } }`;
    dataOf(await this.gateway.post(mutation, { org: this.lead.name, input: { email, role } }, this.lead.owner.token));
    return { code: (await this.lastConfirm()).code, email };
  }

  async requestJoin(): Promise<{ code: string; objectId: number }> {
    const mutation = `mutation ($org: String!, $campaign: String!) {
      requestJoinCampaign(orgName: $org, campaignName: $campaign, message: "May we?") }`;
    const asked = { org: this.partner.name, campaign: this.campaign.name };
    const given = dataOf(await this.gateway.post(mutation, asked, this.partner.owner.token));
    expect(given).toEqual({ requestJoinCampaign: 'CONFIRMING' });
    return { code: (await this.lastConfirm()).code, objectId: this.campaign.id };
  }

  /** To have a page like the partner's. */
  async invitePartner(email: string): Promise<{ code: string; email: string }> {
    const mutation = `mutation ($name: String!, $email: String!) {
      invitePartner(name: $name, email: $email, message: "Join") { code email message objectId creator { id } } }`;
    const asked = { name: this.page.name, email };
    const given = dataOf(await this.gateway.post(mutation, asked, this.partner.owner.token));
    const { code } = await this.lastConfirm();
    const creator = { id: this.partner.owner.id };
    expect(given).toEqual({ invitePartner: { code, email, message: 'Join', objectId: null, creator } });
    return { code, email };
  }
}
