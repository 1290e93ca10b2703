import { randomBytes } from 'node:crypto';
import { generateKeyPair, hashApiToken, newApiToken } from '@groundswell/crypto';
import { adminMask, confirmOperationCode, roleMask, type ConfirmOperation } from '@groundswell/domain';
import type { GraphqlAnswer } from './accept.fixture';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';

/** Columns of the matrix. All but the first are users; those after the stranger, who owns another org, are in the
 *  cell's org by that role; the admin is in none. */
export const callers = ['anonymous', 'stranger', 'translator', 'coordinator', 'campaigner', 'owner', 'admin'] as const;
export type Caller = (typeof callers)[number];

interface User {
  id: number;
  email: string;
  token: string;
}

/** What one cell asks about: made for it alone, so that no cell depends on another. */
export interface Cell {
  caller: Caller;
  user: User | null;
  /** Leads the campaign and owns the page. */
  org: { id: number; name: string };
  campaign: { id: number; name: string };
  page: { id: number; name: string };
  /** Has a page in the campaign; none of the callers belongs to it. */
  partner: { id: number };
  partnerPage: { id: number; name: string };
  /** A coordinator of the org who calls nothing. */
  member: string;
  /** A user in no org. */
  outsider: string;
  world: MatrixWorld;
}

const sampleOrg = `
  with org as (insert into catalog.orgs (name, title) values ($1::text, $1::text) returning id),
       partner as (insert into catalog.orgs (name, title) values ($1::text || 'p', $1::text) returning id),
       staff as (insert into catalog.staffers (org_id, user_id, perms)
                 select org.id, u.id, u.perms from org, unnest($2::bigint[], $3::int[]) as u (id, perms)),
       campaign as (insert into catalog.campaigns (name, title, org_id, status)
                    select $1::text, $1::text, id, 1 from org returning id),
       mtt as (insert into catalog.mtt (campaign_id, start_at, end_at)
               select id, now(), now() + interval '1 day' from campaign),
       target as (insert into catalog.targets (id, external_id, name, campaign_id)
                  select gen_random_uuid(), $1::text || 't', 'Minister', id from campaign),
       page as (insert into catalog.action_pages (name, locale, org_id, campaign_id)
                select $1::text || '/en', 'en', org.id, campaign.id from org, campaign returning id),
       theirs as (insert into catalog.action_pages (name, locale, org_id, campaign_id)
                  select $1::text || 'p/en', 'en', partner.id, campaign.id from partner, campaign returning id)
  select org.id as "orgId", partner.id as "partnerId", campaign.id as "campaignId", page.id as "pageId", theirs.id as "partnerPageId"
    from org, partner, campaign, page, theirs`;

/** One whole gateway, a user for each column, and a fresh org with a campaign and pages for each cell. */
export class MatrixWorld {
  private readonly users = new Map<string, User>();

  private constructor(
    readonly fleet: GatewayFleet,
    readonly gateway: RunningGateway,
  ) {}

  static async start(): Promise<MatrixWorld> {
    const fleet = await GatewayFleet.create();
    const gateway = await fleet.start();
    const world = new MatrixWorld(fleet, gateway);
    for (const name of [...callers.slice(1), 'member', 'outsider']) await world.addUser(name);
    const elsewhere = await fleet.insert('orgs', { name: 'elsewhere', title: 'Elsewhere' });
    await fleet.insert('staffers', { user_id: world.user('stranger').id, org_id: elsewhere, perms: roleMask.owner });
    await gateway.isReady();
    return world;
  }

  async cell(caller: Caller): Promise<Cell> {
    const name = `org${randomBytes(5).toString('hex')}`;
    const staff = (['translator', 'coordinator', 'campaigner', 'owner'] as const).map((role) => ({
      id: this.user(role).id,
      perms: roleMask[role],
    }));
    staff.push({ id: this.user('member').id, perms: roleMask.coordinator });
    const { rows } = await this.fleet.sql.query<
      Record<'orgId' | 'partnerId' | 'campaignId' | 'pageId' | 'partnerPageId', string>
    >(sampleOrg, [name, staff.map(({ id }) => id), staff.map(({ perms }) => perms)]);
    const row = rows[0]!;
    await this.gateway.catalogue.refresh();
    return {
      caller,
      user: caller === 'anonymous' ? null : this.user(caller),
      org: { id: Number(row.orgId), name },
      campaign: { id: Number(row.campaignId), name },
      page: { id: Number(row.pageId), name: `${name}/en` },
      partner: { id: Number(row.partnerId) },
      partnerPage: { id: Number(row.partnerPageId), name: `${name}p/en` },
      member: this.user('member').email,
      outsider: this.user('outsider').email,
      world: this,
    };
  }

  ask({ user }: Cell, document: string): Promise<GraphqlAnswer> {
    return this.gateway.post(document, {}, user?.token);
  }

  /** An open confirm of the cell; answers its code. */
  async addConfirm(
    operation: ConfirmOperation,
    columns: { subject_id: number; object_id?: number; email?: string },
  ): Promise<string> {
    const code = String(1e11 + randomBytes(4).readUInt32BE());
    await this.fleet.insert('confirms', { operation: confirmOperationCode(operation), code, ...columns });
    return code;
  }

  async addKey({ org }: Cell): Promise<number> {
    return this.fleet.insert('public_keys', { org_id: org.id, name: 'key', public: generateKeyPair().public });
  }

  /** An action that waits for moderation. */
  async addAction({ campaign, page }: Cell): Promise<number> {
    const common = { campaign_id: campaign.id, action_page_id: page.id };
    const person = { ...common, fingerprint: randomBytes(32), processing_status: 3 };
    const supporterId = await this.fleet.insert('supporters', person, 'actions');
    const action = { ...common, supporter_id: supporterId, action_type: 'petition', processing_status: 1 };
    return this.fleet.insert('actions', action, 'actions');
  }

  /** A new token for whoever has just given up the old one. */
  takeToken(caller: Caller, token: string): void {
    this.user(caller).token = token;
  }

  close(): Promise<void> {
    return this.fleet.close();
  }

  private user(name: string): User {
    const user = this.users.get(name);
    if (!user) throw new Error(`no user ${name}`);
    return user;
  }

  private async addUser(name: string): Promise<void> {
    const { token } = newApiToken();
    const email = `${name}@example.org`;
    const perms = name === 'admin' ? adminMask : 0;
    const id = await this.fleet.insert('users', { email, hashed_password: 'x', perms });
    await this.fleet.insert('users_tokens', { user_id: id, token: hashApiToken(token), context: 'api' });
    this.users.set(name, { id, email, token });
  }
}
