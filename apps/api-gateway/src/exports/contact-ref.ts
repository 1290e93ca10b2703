import { decodeRef } from '@groundswell/crypto';
import { ApiError } from '../api/api-error';

/** Bytes of a reference a caller gave. */
export function contactRefBytes(text: string): Buffer {
  const bytes = decodeRef(text);
  if (!bytes) throw new ApiError(null, 'invalid contact_ref encoding');
  return bytes;
}
