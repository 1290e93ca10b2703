import { partitionCount, type IngestMessageV1 } from '@groundswell/contracts';
import { decodeRef, encodeRef, partitionOfRef } from '@groundswell/crypto';

/** A reference in its one spelling: base64url can spell the same bytes in several ways. Opaque texts stay as they are. */
interface Reference {
  text: string;
  bytes: Buffer;
  partition: number;
}

/** A batch asks for the same references at every step; a few batches' worth is kept. */
const known = new Map<string, Reference>();
const knownLimit = 4_096;

function lookUp(ref: string): Reference {
  let reference = known.get(ref);
  if (reference) return reference;
  const decoded = decodeRef(ref);
  const bytes = ownMemory(decoded ?? Buffer.from(ref));
  reference = { text: decoded ? encodeRef(decoded) : ref, bytes, partition: partitionOfRef(bytes, partitionCount) };
  if (known.size >= knownLimit) known.clear();
  known.set(ref, reference);
  return reference;
}

/** A copy of what may lie in one of Node's pools: to keep a few bytes there is to keep all 64 KiB of it. */
function ownMemory(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Partition of a reference; an opaque one that is no base64url is hashed by its text. */
export const partitionOf = (ref: string): number => lookUp(ref).partition;

/** The bytes a reference spells: for a contactRef the fingerprint. */
export const bytesOf = (ref: string): Buffer => lookUp(ref).bytes;

/** Its one spelling. */
export const canonicalRef = (ref: string): string => lookUp(ref).text;

/** The message with every reference in its one spelling, so that references can be compared as text. */
export function withCanonicalRefs(message: IngestMessageV1): IngestMessageV1 {
  message.ref = canonicalRef(message.ref);
  if (message.kind === 'contact' && message.carriedRef !== null) message.carriedRef = canonicalRef(message.carriedRef);
  if (message.kind === 'link') message.linkRefs = message.linkRefs.map(canonicalRef);
  return message;
}
