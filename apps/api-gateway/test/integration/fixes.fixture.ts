import { randomBytes } from 'node:crypto';
import { hashApiToken, newApiToken } from '@groundswell/crypto';
import { roleMask, type Role } from '@groundswell/domain';
import type { GraphqlAnswer } from './accept.fixture';
import { GatewayFleet, type Environment, type RunningGateway } from './gateway.fixture';

export interface Person {
  id: number;
  email: string;
  token: string;
}
export interface Org {
  id: number;
  name: string;
  owner: Person;
}

export const unique = (word: string): string => `${word}_${randomBytes(4).toString('hex')}`;

/** `code: message at path` of each error. */
export const problemsOf = ({ errors = [] }: GraphqlAnswer): string[] =>
  errors.map(({ message, path, extensions }) => {
    const code = extensions?.['code'];
    return `${code ? `${String(code)}: ` : ''}${message} at ${(path ?? []).join('.')}`;
  });

/** A whole gateway, and in it a campaign with a page of its lead and a page of a partner. */
export class FixesWorld {
  lead!: Org;
  partner!: Org;
  campaignId = 0;
  leadPageId = 0;
  partnerPageId = 0;
  gateway!: RunningGateway;

  private constructor(readonly fleet: GatewayFleet) {}

  static async start(environment: Environment = {}): Promise<FixesWorld> {
    const world = new FixesWorld(await GatewayFleet.create());
    [world.lead, world.partner] = [await world.addOrg(), await world.addOrg()];
    await world.fleet.activateKey(world.lead.id);
    await world.fleet.activateKey(world.partner.id);
    world.campaignId = await world.addCampaign(world.lead, { external_id: 7 });
    world.leadPageId = await world.addPage(world.lead, world.campaignId);
    world.partnerPageId = await world.addPage(world.partner, world.campaignId);
    world.gateway = await world.fleet.start(environment);
    await world.gateway.isReady();
    return world;
  }

  async person(perms = 0): Promise<Person> {
    const [email, { token }] = [`${unique('anna')}@example.org`, newApiToken()];
    const id = await this.fleet.insert('users', { email, hashed_password: 'x', perms });
    await this.fleet.insert('users_tokens', { user_id: id, token: hashApiToken(token), context: 'api' });
    return { id, email, token };
  }

  async member(org: { id: number }, role: Role, perms = 0): Promise<Person> {
    const someone = await this.person(perms);
    await this.fleet.insert('staffers', { user_id: someone.id, org_id: org.id, perms: roleMask[role] });
    return someone;
  }

  async addOrg(): Promise<Org> {
    const name = unique('org');
    const id = await this.fleet.insert('orgs', { name, title: name });
    return { id, name, owner: await this.member({ id }, 'owner') };
  }

  addCampaign(lead: Org, columns: object = {}): Promise<number> {
    return this.fleet.insert('campaigns', { name: unique('campaign'), title: 'T', org_id: lead.id, ...columns });
  }

  addPage(org: Org, campaignId: number): Promise<number> {
    const name = `${unique('page')}/en`;
    return this.fleet.insert('action_pages', { name, locale: 'en', org_id: org.id, campaign_id: campaignId });
  }

  async nameOf(table: 'campaigns' | 'action_pages', id: number): Promise<string> {
    const { rows } = await this.fleet.sql.query<{ name: string }>(`select name from catalog.${table} where id = $1`, [
      id,
    ]);
    return rows[0]!.name;
  }

  /** What was written down about a resource, or about all of its kind, in order. */
  async auditsOf(resource: string, resourceId: string | null = null): Promise<object[]> {
    const { rows } = await this.fleet.sql.query<{ changeset: object }>(
      `select changeset from catalog.audit_log
        where resource = $1 and resource_id = coalesce($2, resource_id) order by inserted_at`,
      [resource, resourceId],
    );
    return rows.map(({ changeset }) => changeset);
  }

  /** Throws at any HTTP status but 200. */
  async problems(query: string, variables: object = {}, token?: string): Promise<string[]> {
    return problemsOf(await this.gateway.post(query, variables, token));
  }

  async dataOf<T>(query: string, variables: object = {}, token?: string): Promise<T> {
    const { data, errors } = await this.gateway.post(query, variables, token);
    if (errors) throw new Error(JSON.stringify(errors));
    return data as unknown as T;
  }
}
