import { campaignStatusCode } from '@groundswell/domain';
import type { Campaign } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { InputProblem } from '../api/api-error';
import { ConfirmationSettingsReadModel } from '../catalogue-writing/confirmation-settings.read-model';
import { refuseProblems, refuseUnfinishable } from '../catalogue-writing/refuse-unfinishable';
import type { RemoteTemplates } from '../catalogue-writing/remote-templates';
import { TemplateCheck } from '../catalogue-writing/template-check';
import { refuseHighSecurityMtt } from '../mtt/high-security';
import { readPageInput, type PageInput } from '../pages/page-input';
import { refuse, templateProblems } from '../pages/page-writing';
import { PageRepository } from '../pages/page.repository';
import { readCampaignInput, type CampaignInput } from './campaign-input';
import { CampaignRepository } from './campaign.repository';
import { readMttInput, type MttInput } from './mtt-input';
import { MttRepository } from './mtt.repository';

interface Lead {
  id: number;
  contactSchema: number;
}

/**
 * Writes a campaign with its mail-to-target settings and pages inside one catalogue transaction. Anything wrong throws
 * and so undoes all of it; what is wrong in the campaign, its settings and its pages is told together.
 */
export class CampaignChanges {
  constructor(
    private readonly manager: EntityManager,
    private readonly lead: Lead,
    private readonly templates: RemoteTemplates,
  ) {}

  async insert(input: CampaignInput, pages: PageInput[] = []): Promise<number> {
    const start = { startDate: null, endDate: null, contactSchema: this.lead.contactSchema };
    const { columns, problems } = readCampaignInput(input, true, start);
    refuse([
      ...problems,
      ...(await this.templateProblems(columns)),
      ...(await this.mttProblems(null, input.mtt)),
      ...(await this.pageProblems(null, pages)),
    ]);
    const id = await new CampaignRepository(this.manager).insert({
      contactSchema: this.lead.contactSchema,
      status: liveStatus,
      ...columns,
      orgId: this.lead.id,
    });
    await this.saveMtt(id, input.mtt);
    await this.savePages(id, pages);
    refuseProblems(await new ConfirmationSettingsReadModel(this.manager).ofCampaign(id));
    return id;
  }

  async update(campaign: Campaign, input: CampaignInput, pages: PageInput[] = []): Promise<void> {
    const { columns, problems } = readCampaignInput(input, false, {
      startDate: campaign.startDate,
      endDate: campaign.endDate,
      contactSchema: this.lead.contactSchema,
    });
    refuse([
      ...problems,
      ...(await this.templateProblems(columns)),
      ...(await this.mttProblems(campaign.id, input.mtt)),
      ...(await this.pageProblems(campaign.id, pages)),
    ]);
    const settings = new ConfirmationSettingsReadModel(this.manager);
    await refuseUnfinishable(
      () => settings.ofCampaign(campaign.id),
      async () => {
        await new CampaignRepository(this.manager).update(campaign.id, columns);
        await this.saveMtt(campaign.id, input.mtt);
        await this.savePages(campaign.id, pages);
      },
    );
  }

  private async templateProblems({ supporterConfirmTemplate }: Partial<Campaign>): Promise<InputProblem[]> {
    const message = await new TemplateCheck(this.manager, this.templates).problemOf(
      this.lead.id,
      supporterConfirmTemplate,
    );
    return message ? [{ path: ['supporterConfirmTemplate'], message }] : [];
  }

  private async mttProblems(campaignId: number | null, input: MttInput | null | undefined): Promise<InputProblem[]> {
    if (!input) return [];
    const known = campaignId === null ? null : await new MttRepository(this.manager).find(campaignId);
    const { problems, columns } = readMttInput(input, known);
    const message = await new TemplateCheck(this.manager, this.templates).problemOf(
      this.lead.id,
      columns.messageTemplate,
    );
    return message ? [...problems, { path: ['mtt', 'messageTemplate'], message }] : problems;
  }

  /** Null leaves the settings alone: messages may still go out by them. */
  private async saveMtt(campaignId: number, input: MttInput | null | undefined): Promise<void> {
    if (!input) return;
    const settings = new MttRepository(this.manager);
    const known = await settings.find(campaignId);
    const { columns } = readMttInput(input, known);
    if (known) await settings.update(known.id, columns);
    else {
      await settings.insert({ ...columns, campaignId });
      await refuseHighSecurityMtt(this.manager, 'campaign', campaignId, ['mtt']);
    }
  }

  private async pageProblems(campaignId: number | null, inputs: PageInput[]): Promise<InputProblem[]> {
    const problems: InputProblem[] = [];
    for (const [index, input] of inputs.entries()) {
      const at = pathOf(index);
      const page = readPageInput(input, (await this.findPage(campaignId, input)) === null, at);
      problems.push(
        ...page.problems,
        ...(await templateProblems(this.manager, this.lead.id, page.columns, this.templates, at)),
      );
    }
    return problems;
  }

  /** By name within the campaign's pages of the lead; pages are never deleted here. */
  private async savePages(campaignId: number, inputs: PageInput[]): Promise<void> {
    for (const [index, input] of inputs.entries()) {
      const pages = new PageRepository(this.manager, pathOf(index));
      const knownId = await this.findPage(campaignId, input);
      const { columns } = readPageInput(input, knownId === null, pathOf(index));
      if (knownId !== null) await pages.update(knownId, columns);
      else await pages.insert({ ...columns, orgId: this.lead.id, campaignId });
    }
  }

  private async findPage(campaignId: number | null, { name }: PageInput): Promise<number | null> {
    if (campaignId === null || !name) return null;
    return new PageRepository(this.manager).findByName(this.lead.id, campaignId, name);
  }
}

const liveStatus = campaignStatusCode('live');
const pathOf = (index: number): (string | number)[] => ['actionPages', index];
