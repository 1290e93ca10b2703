import sodium from 'libsodium-wrappers';

/** Resolves once libsodium is loaded. Await it at boot, before the first box, key pair or envelope. */
export const cryptoReady = (): Promise<void> => sodium.ready;
