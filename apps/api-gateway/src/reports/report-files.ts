import type { ObjectStore } from '@groundswell/object-store';
import type { Viewer } from '../auth/access';
import type { AuditRepository } from '../catalogue-writing/audit.repository';
import type { StoredReport } from './report.read-model';
import { reportState } from './report.view';

/** How long an address of a file works. */
const linkSeconds = 600;

export interface FileLink {
  url: string;
  expiresAt: Date;
}

export const canDownload = (report: StoredReport): boolean =>
  reportState(report) === 'COMPLETE' && !report.isExpired && report.finishedAt !== null;

/** An address to download the file from; written down before it is given away. */
export async function linkToFile(
  report: StoredReport,
  viewer: Viewer,
  { store, audit }: { store: ObjectStore; audit: Pick<AuditRepository, 'insert'> },
): Promise<FileLink> {
  const changeset = { operation: 'downloadReport', orgId: report.orgId, kind: report.kind };
  await audit.insert(String(viewer.userId), [{ resource: 'report', resourceId: report.id, changeset }]);
  const expiresAt = new Date(Date.now() + linkSeconds * 1000);
  const fileName = `${report.kind.replaceAll('_', '-')}-${report.id}.${report.format}`;
  return { url: await store.presignGet(report.fileKey, { expiresSeconds: linkSeconds, fileName }), expiresAt };
}
