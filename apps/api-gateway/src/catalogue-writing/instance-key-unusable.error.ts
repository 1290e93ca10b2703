/** The instance org has keys, but none that is active and opens: nothing could be encrypted (processing.md §4.3). */
export class InstanceKeyUnusableError extends Error {
  override readonly name = 'InstanceKeyUnusableError';
  readonly code = 'keys.instance_key_unusable';

  constructor(
    readonly orgName: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`instance org "${orgName}" has no usable key pair: ${reason}`, options);
  }
}
