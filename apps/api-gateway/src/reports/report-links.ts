import { createHash } from 'node:crypto';
import type { ObjectStore } from '@groundswell/object-store';
import type { Database } from '@groundswell/persistence';
import { ApiError } from '../api/api-error';
import type { Access, Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { html, pageAnswer, seeOtherAnswer, type LinkAnswer } from '../links/link-answer';
import { readRowId } from '../mails/page-selection';
import type { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { UserRepository } from '../users/user.repository';
import { canDownload, linkToFile } from './report-files';
import { reportPermissions } from './report-input';
import { ReportReadModel, type StoredReport } from './report.read-model';

interface ReportLinksParts {
  database: Database;
  access: AccessFinder;
  store: ObjectStore | null;
}

/** The secret in a mailed link: 24 bytes. */
const secretForm = /^[A-Za-z0-9_-]{32}$/;

/**
 * Links in mails about reports. The secret stands for whoever asked for the report: it opens it while they may ask for one still,
 * and each download is written down as theirs. A page with a button keeps mail scanners from downloading.
 */
export class ReportLinks {
  private readonly reports: ReportReadModel;

  constructor(private readonly parts: ReportLinksParts) {
    this.reports = new ReportReadModel(parts.database);
  }

  /** What is gone, expired, of another secret or not theirs any more is answered alike. */
  async follow(id: string, secret: string, method: string): Promise<LinkAnswer> {
    const { store, database } = this.parts;
    const found = await this.find(id, secret);
    if (!found || !store) return gonePage();
    if (method !== 'POST') return downloadPage(`/reports/${id}/${secret}`, await this.originOf(store, found.report));
    const { url } = await database.run((manager) =>
      linkToFile(found.report, found.viewer, { store, audit: new AuditRepository(manager) }),
    );
    return seeOtherAnswer(url);
  }

  private async find(id: string, secret: string): Promise<{ report: StoredReport; viewer: Viewer } | null> {
    const rowId = readRowId(id);
    if (rowId === null || !secretForm.test(secret)) return null;
    const tokenHash = createHash('sha256').update(secret).digest();
    const report = await this.reports.findByLink(rowId, tokenHash);
    if (!report || !canDownload(report)) return null;
    const viewer = await this.allowedViewer(report);
    return viewer && { report, viewer };
  }

  private async allowedViewer({ requestedBy, orgId, kind }: StoredReport): Promise<Viewer | null> {
    const user = await this.parts.database.run((manager) => new UserRepository(manager).findById(requestedBy));
    if (!user) return null;
    const viewer = { userId: user.id, email: user.email, perms: user.perms };
    const access: Access = await this.parts.access.toOrg(viewer, orgId);
    try {
      return requireAnyOf(access, ...reportPermissions[kind]);
    } catch (error) {
      if (error instanceof ApiError) return null;
      throw error;
    }
  }

  /** Where a download leads to: browsers check it when the form is sent. */
  private async originOf(store: ObjectStore, { fileKey }: StoredReport): Promise<string> {
    return new URL(await store.presignGet(fileKey, { expiresSeconds: 1 })).origin;
  }
}

const downloadPage = (action: string, origin: string): LinkAnswer =>
  pageAnswer({
    language: 'en',
    title: 'Your report',
    formOrigins: [origin],
    main: html`<h1>Your report is ready</h1>
      <form method="post" action="${action}"><button type="submit">Download</button></form>`,
  });

const gonePage = (): LinkAnswer =>
  pageAnswer({
    status: 404,
    language: 'en',
    title: 'No such report',
    main: html`<h1>No such report</h1>
      <p>The link has ended, or the report was withdrawn. Please ask for the report anew.</p>`,
  });
