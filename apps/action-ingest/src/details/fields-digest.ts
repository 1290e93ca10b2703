import { createHash } from 'node:crypto';

/** Of custom fields, whatever the order of their keys. */
export const fieldsDigest = (fields: Readonly<Record<string, unknown>>): Buffer =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest();
