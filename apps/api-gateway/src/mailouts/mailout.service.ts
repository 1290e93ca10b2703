import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { readPage, type PageSelection } from '../mails/page-selection';
import { AccessFinder } from '../users/access-finder';
import { requireStaffer } from '../users/permission-guard';
import { viewCount, viewMailout, type MailoutView } from './mailout-view';
import { MailoutReadModel, type MailoutRow } from './mailout.read-model';

/** Mailouts of an org and how far they are: for its staff. */
@Injectable()
export class MailoutService {
  private readonly readModel: MailoutReadModel;

  constructor(
    database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
  ) {
    this.readModel = new MailoutReadModel(database);
  }

  async list(
    caller: Viewer | null,
    orgName: string,
    campaignName: string | null,
    selection: PageSelection,
  ): Promise<MailoutView[]> {
    const orgId = await this.readableOrg(caller, orgName);
    const { after, limit } = readPage(selection);
    const campaignId = campaignName === null ? null : (await this.lookup.campaign(campaignName)).id;
    return (await this.readModel.list(orgId, campaignId, after, limit)).map(viewMailout);
  }

  async peopleOf(caller: Viewer | null, orgName: string, name: string) {
    const orgId = await this.readableOrg(caller, orgName);
    const { id } = await this.row(orgId, name);
    const [people, mails] = await Promise.all([this.readModel.peopleOf(id), this.readModel.mailsOf(orgId, id)]);
    return { people: people.map(viewCount), mails: mails.map(viewCount) };
  }

  /** For who was let in already. */
  async find(orgId: number, name: string): Promise<MailoutView> {
    return viewMailout(await this.row(orgId, name));
  }

  private async row(orgId: number, name: string): Promise<MailoutRow> {
    const row = await this.readModel.find(orgId, name);
    if (!row) throw entityNotFound();
    return row;
  }

  private async readableOrg(caller: Viewer | null, orgName: string): Promise<number> {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    return org.id;
  }
}
