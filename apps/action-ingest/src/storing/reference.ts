import { partitionCount, type IngestMessageV1 } from '@groundswell/contracts';
import { decodeRef, encodeRef, partitionOfRef } from '@groundswell/crypto';

/** Partition of a reference; an opaque one that is no base64url is hashed by its text. */
export const partitionOf = (ref: string): number => partitionOfRef(decodeRef(ref) ?? Buffer.from(ref), partitionCount);

/** One text per reference: base64url can spell the same bytes in several ways. Opaque texts stay as they are. */
const canonical = (ref: string): string => {
  const bytes = decodeRef(ref);
  return bytes ? encodeRef(bytes) : ref;
};

/** The message with every reference in its one spelling, so that references can be compared as text. */
export function withCanonicalRefs(message: IngestMessageV1): IngestMessageV1 {
  const ref = canonical(message.ref);
  switch (message.kind) {
    case 'contact':
      return { ...message, ref, carriedRef: message.carriedRef === null ? null : canonical(message.carriedRef) };
    case 'link':
      return { ...message, ref, linkRefs: message.linkRefs.map(canonical) };
    case 'action':
    case 'link_actions':
    case 'supporter_decision':
    case 'action_decision':
      return ref === message.ref ? message : { ...message, ref };
  }
}
