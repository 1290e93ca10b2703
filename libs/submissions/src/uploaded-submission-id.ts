import { createHash } from 'node:crypto';

export interface UploadedRow {
  uploadId: number;
  /** Its number in the file, or the id its author gave it. */
  row: { number: number } | { clientActionId: string };
}

/** Submission id of a row of an uploaded file: the same however often the row is read, so it is stored once. A UUIDv8 (RFC 9562
 *  §5.8) from SHA-256; every part is length-prefixed, so no two rows share their bytes. */
export function uploadedSubmissionId({ uploadId, row }: UploadedRow): string {
  const rowParts = 'number' in row ? ['row', String(row.number)] : ['id', row.clientActionId];
  const digest = createHash('sha256');
  for (const part of ['groundswell:upload:1', String(uploadId), ...rowParts]) {
    const bytes = Buffer.from(part);
    digest.update(`${bytes.length}:`).update(bytes);
  }
  const id = digest.digest().subarray(0, 16);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  const hex = id.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
