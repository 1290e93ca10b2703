import { uploadedSubmissionId, type UploadedRow } from './uploaded-submission-id';

const rows: UploadedRow[] = [
  { uploadId: 1, row: { number: 12 } },
  { uploadId: 11, row: { number: 2 } },
  { uploadId: 1, row: { clientActionId: '12' } },
  { uploadId: 1, row: { clientActionId: '' } },
  { uploadId: 1, row: { number: 13 } },
];

it('names a row by its upload and its number or id, each with one UUID of its own', () => {
  const ids = rows.map(uploadedSubmissionId);
  expect(new Set(ids).size).toBe(rows.length);
  expect(rows.map(uploadedSubmissionId)).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
