import { cancelReportAnswerV1, requestReportAnswerV1, type ReportKind } from '@groundswell/contracts';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Database, type CatalogueOrg } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ApiError, InputError } from '../api/api-error';
import { StatsServiceClient } from '../asking/stats-service.client';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import type { AuditNote } from '../catalogue-writing/write-effects';
import { readPage, readRowId, type PageSelection } from '../mails/page-selection';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf, requireStaffer } from '../users/permission-guard';
import { reportRefusalError } from './report-errors';
import { canDownload, linkToFile, type FileLink } from './report-files';
import { readReportInput, reportPermissions, type ReportInput } from './report-input';
import { ReportReadModel, type StoredReport } from './report.read-model';
import { viewReport, type ReportView } from './report.view';

/** Reports of orgs (docs/reports.md): made by stats-service, kept in the object store. */
@Injectable()
export class ReportService {
  private readonly reports: ReportReadModel;

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly stats: StatsServiceClient,
    @Inject(objectStore) private readonly store: ObjectStore | null,
  ) {
    this.reports = new ReportReadModel(database);
  }

  async list(caller: Viewer | null, orgName: string, selection: PageSelection) {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    const { after, limit } = readPage(selection);
    const rows = await this.reports.list(org.id, after, limit + 1);
    const shown = rows.slice(0, limit);
    return { reports: shown.map(viewReport), after: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
  }

  async request(caller: Viewer | null, orgName: string, input: ReportInput): Promise<ReportView> {
    const org = await this.lookup.org(orgName);
    const read = readReportInput(input, org.config);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), ...reportPermissions[read.report]);
    const { campaign, ...asked } = read;
    const campaignId = await this.campaignIdOf(org, campaign, read.report);
    if (!(await this.reports.knowsTimeZone(asked.timeZone))) throw InputError.at(['input', 'timeZone'], 'is invalid');
    const { report: kind, format, from, to } = asked;
    const changeset = { operation: 'requestReport', orgId: org.id, kind, format, campaignId, from, to };
    await this.note(viewer, { resource: 'org', resourceId: String(org.id), changeset });
    const { reportId } = await this.stats
      .ask(
        { kind: 'request_report', orgId: org.id, ...asked, campaignId, userId: viewer.userId },
        requestReportAnswerV1,
      )
      .catch(rethrowRefusal);
    return viewReport(await this.find(org.id, reportId));
  }

  async cancel(caller: Viewer | null, orgName: string, id: string): Promise<'SUCCESS' | 'NOOP'> {
    const { viewer, report } = await this.openedBy(caller, orgName, id);
    const { orgId } = report;
    await this.note(viewer, {
      resource: 'report',
      resourceId: report.id,
      changeset: { operation: 'cancelReport', orgId },
    });
    const { outcome } = await this.stats
      .ask({ kind: 'cancel_report', orgId, reportId: report.id }, cancelReportAnswerV1)
      .catch(rethrowRefusal);
    return outcome === 'changed' ? 'SUCCESS' : 'NOOP';
  }

  async link(caller: Viewer | null, orgName: string, id: string): Promise<FileLink> {
    const { viewer, report } = await this.openedBy(caller, orgName, id);
    const { store } = this;
    if (!store) throw new ApiError(null, 'No object store is configured', { reason: 'not_configured' });
    if (!canDownload(report)) throw new ApiError('bad_arg', 'The report has no file');
    return this.database.run((manager) => linkToFile(report, viewer, { store, audit: new AuditRepository(manager) }));
  }

  private async campaignIdOf(org: CatalogueOrg, campaign: string | null, kind: ReportKind): Promise<number | null> {
    if (campaign === null) return null;
    const found = await this.lookup.campaign(campaign);
    if (kind === 'mtt_delivery' && found.orgId !== org.id) {
      throw InputError.at(['input', 'campaign'], 'is led by another organisation');
    }
    return found.id;
  }

  /** By whoever may ask for one of its kind. */
  private async openedBy(caller: Viewer | null, orgName: string, id: string) {
    const org = await this.lookup.org(orgName);
    const access = await this.access.toOrg(caller, org.id);
    requireAnyOf(access, ...reportPermissions.usage);
    const report = await this.find(org.id, readRowId(id));
    return { viewer: requireAnyOf(access, ...reportPermissions[report.kind]), report };
  }

  private async find(orgId: number, id: string | null): Promise<StoredReport> {
    const report = id === null ? null : await this.reports.find(orgId, id);
    if (!report) throw entityNotFound();
    return report;
  }

  /** Before it is asked, so nothing is done unseen. */
  private async note(viewer: Viewer, note: AuditNote): Promise<void> {
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), [note]));
  }
}

const rethrowRefusal = (error: unknown): never => {
  throw reportRefusalError(error);
};
