export { hashApiToken, newApiToken } from './api-token';
export { ContactBox, isUsablePublicKey, openBox } from './contact-box';
export type { SealedContact } from './contact-box';
export { decodeRef, encodeRef, fingerprint, normaliseRef, partitionOfRef } from './contact-ref';
export { cryptoReady } from './crypto-ready';
export {
  BoxNotOpenedError,
  EnvelopeKeyInvalidError,
  EnvelopeKeyUnknownError,
  SealedTextMalformedError,
  SealedTextTamperedError,
  UnusableKeyError,
} from './crypto.error';
export { decodeKey, generateKeyPair, publicKeyOf } from './key-pair';
export type { KeyPair } from './key-pair';
export { NonceSequence } from './nonce-sequence';
export { hashPassword, verifyAgainstNothing, verifyPassword } from './password';
export { PersonalLinkTokens } from './personal-link-tokens';
export type { PersonalLink } from './personal-link-tokens';
export { randomDigits } from './random-digits';
export { formerSeedsFrom, maxFormerSeeds, ReferenceRecipe } from './reference-recipe';
export { SecretEnvelope } from './secret-envelope';
export { ReplyTokens } from './reply-tokens';
export { UnsubscribeTokens } from './unsubscribe-tokens';
export type { Unsubscribing } from './unsubscribe-tokens';
export { idempotentSubmissionId, uuidV7 } from './submission-id';
export type { IdempotentRequest } from './submission-id';
