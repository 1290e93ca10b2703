import {
  BoxNotOpenedError,
  EnvelopeKeyUnknownError,
  openBox,
  SealedTextMalformedError,
  SealedTextTamperedError,
  UnusableKeyError,
  type SecretEnvelope,
} from '@groundswell/crypto';
import { referenceInputs, type ReadableContact } from '@groundswell/domain';
import type { InstanceKey, StoredReference } from './stored-reference.repository';

/**
 * Reads what a stored reference may have been made of: a record or copies in clear, and what was encrypted for the instance org itself
 * where the envelope opens its key. Records of other orgs stay closed: they are for those orgs only (design.md §1).
 */
export class ContactReader {
  private readonly publicKeys: Map<number, Buffer>;
  private readonly privateKeys = new Map<number, Buffer>();

  constructor(keys: readonly InstanceKey[], envelope: SecretEnvelope | null) {
    this.publicKeys = new Map(keys.map((key) => [key.id, key.public]));
    for (const { id, private: sealed } of keys) {
      const opened = sealed !== null && envelope ? openedKey(envelope, sealed) : null;
      if (opened) this.privateKeys.set(id, opened);
    }
  }

  /** Empty when nothing can be read. */
  inputsOf(stored: StoredReference): string[] {
    const { email, firstName, lastName } = stored;
    const payload = this.payloadOf(stored);
    return [...(payload ? referenceInputs(payload) : []), ...referenceInputs({ email, firstName, lastName })];
  }

  private payloadOf({ payload, nonce, publicKeyId, signKeyId }: StoredReference): ReadableContact | null {
    if (payload === null) return null;
    if (nonce === null) return parsed(payload.toString('utf8'));
    const recipientPrivate = this.privateKeys.get(publicKeyId ?? 0);
    const senderPublic = this.publicKeys.get(signKeyId ?? 0);
    if (!recipientPrivate || !senderPublic) return null;
    try {
      return parsed(openBox({ payload, nonce }, senderPublic, recipientPrivate));
    } catch (error) {
      // Made with keys that are gone: nobody can read it, and the report of the job says so.
      if (error instanceof BoxNotOpenedError || error instanceof UnusableKeyError) return null;
      throw error;
    }
  }
}

function openedKey(envelope: SecretEnvelope, sealed: string): Buffer | null {
  try {
    return envelope.open(sealed);
  } catch (error) {
    // Sealed by an envelope key that is gone: what was encrypted for it counts as unreadable.
    const isClosed =
      error instanceof EnvelopeKeyUnknownError ||
      error instanceof SealedTextTamperedError ||
      error instanceof SealedTextMalformedError;
    if (isClosed) return null;
    throw error;
  }
}

function parsed(json: string): ReadableContact | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as ReadableContact) : null;
  } catch (error) {
    // A payload of another form is none to read.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
