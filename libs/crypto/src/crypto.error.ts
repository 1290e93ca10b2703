/** A box key libsodium refuses: not 32 bytes, or a point of low order that gives no shared secret. */
export class UnusableKeyError extends Error {
  override readonly name = 'UnusableKeyError';
  readonly code = 'crypto.unusable_key';
  constructor(
    readonly whose: 'public' | 'private',
    options?: ErrorOptions,
  ) {
    super(`cannot use this ${whose} key for a box`, options);
  }
}

/** Wrong key pair, wrong nonce or changed bytes; which one cannot be told. */
export class BoxNotOpenedError extends Error {
  override readonly name = 'BoxNotOpenedError';
  readonly code = 'crypto.box_not_opened';
  constructor(options?: ErrorOptions) {
    super('cannot open this box with these keys', options);
  }
}

/** The configured envelope keys cannot be used: none given, undecodable, or not 32 bytes. */
export class EnvelopeKeyInvalidError extends Error {
  override readonly name = 'EnvelopeKeyInvalidError';
  readonly code = 'crypto.envelope_key_invalid';
  constructor(reason: string, options?: ErrorOptions) {
    super(`envelope key: ${reason}`, options);
  }
}

/** Sealed with a key this process was not given: a removed or another deployment's key. */
export class EnvelopeKeyUnknownError extends Error {
  override readonly name = 'EnvelopeKeyUnknownError';
  readonly code = 'crypto.envelope_key_unknown';
  constructor(readonly keyId: string) {
    super(`no envelope key "${keyId}" is configured`);
  }
}

/** Not the text of an envelope at all, for instance a secret that was never sealed. */
export class SealedTextMalformedError extends Error {
  override readonly name = 'SealedTextMalformedError';
  readonly code = 'crypto.sealed_text_malformed';
  constructor() {
    super('not a sealed secret');
  }
}

/** The key is known, but the sealed bytes are not what it sealed. */
export class SealedTextTamperedError extends Error {
  override readonly name = 'SealedTextTamperedError';
  readonly code = 'crypto.sealed_text_tampered';
  constructor(
    readonly keyId: string,
    options?: ErrorOptions,
  ) {
    super(`a secret sealed with key "${keyId}" was changed or cut`, options);
  }
}
