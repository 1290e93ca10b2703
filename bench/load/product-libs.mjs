/** What the bench takes from the product, bundled for it by harness/product-libs.mjs: the contract and how bodies are made. */
export {
  actionMessageV2,
  contactSubmissionV1,
  crmQueue,
  deliverKey,
  exchanges,
  factKeys,
  ingestKey,
  ingestQueue,
  partitionCount,
  statsKeysOf,
} from '@groundswell/contracts';
export {
  ContactBox,
  cryptoReady,
  decodeRef,
  encodeRef,
  fingerprint,
  generateKeyPair,
  partitionOfRef,
  SecretEnvelope,
  uuidV7,
} from '@groundswell/crypto';
export { clearCopies, copiesClearedAtDeliver, validateContact } from '@groundswell/domain';
export { countersRecountSql } from '../../libs/persistence/src/stats/counters-recount';
