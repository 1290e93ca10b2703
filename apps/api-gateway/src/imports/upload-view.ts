import type { LateReferenceRow, UploadRow } from './upload.read-model';

/** An upload as the API shows it. `errorsUrl` is made when it is asked for. */
export const viewUpload = (row: UploadRow) => ({
  id: row.id,
  actionPageId: row.pageId,
  format: row.format.toUpperCase(),
  dryRun: row.isDry,
  state: row.state.toUpperCase(),
  reason: row.reason,
  rows: row.rows,
  accepted: row.accepted,
  refused: row.refused,
  duplicates: row.duplicates,
  progress: progressOf(row),
  references: { waiting: row.waiting, linked: row.linked, givenUp: row.givenUp },
  reportKey: row.reportKey,
  createdAt: row.createdAt,
  finishedAt: row.finishedAt,
});
export type UploadView = ReturnType<typeof viewUpload>;

export const viewLateReference = ({ actionId, state, ...row }: LateReferenceRow) => ({
  ...row,
  actionId: Number(actionId),
  state: state.toUpperCase(),
});

const progressOf = ({ state, bytesRead, bytesTotal }: UploadRow): number => {
  if (state === 'complete') return 1;
  return bytesTotal > 0 ? Math.min(1, bytesRead / bytesTotal) : 0;
};
