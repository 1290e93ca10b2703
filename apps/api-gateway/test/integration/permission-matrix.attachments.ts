import { everyone, exports, type Row } from './permission-matrix.table';

/** This gateway has no object store: who may is told so. */
const unconfigured = { granted: 'Uploads are not configured' };

/** graphql-api.md §11 and docs/uploads.md. */
export const attachmentRows: Row[] = [
  {
    operation: 'requestUpload',
    ...everyone,
    ...unconfigured,
    document: ({ page }) =>
      `mutation { requestUpload(actionPageId: ${page.id}, name: "a.jpg", size: 1, type: "image/jpeg") { key } }`,
  },
  {
    operation: 'requestActionsUpload',
    ...exports,
    ...unconfigured,
    document: ({ org }) =>
      `mutation { requestActionsUpload(orgName: "${org.name}", name: "a.csv", size: 1, type: "text/csv") { key } }`,
  },
  {
    operation: 'attachments',
    expected: 's s y y y y s',
    granted: 'Entity not found',
    document: ({ org }) => `{ attachments(orgName: "${org.name}", actionId: 2147483647) { id } }`,
  },
];
