import { CallFault } from '@groundswell/http';
import type { EndReason } from '../enrichment-ledger';
import { ProviderFault, ProviderRefusal } from '../provider.error';

/** As far as the SDK's errors are read here. */
interface AwsError extends Error {
  $metadata?: { httpStatusCode?: number };
}

const refusals: Readonly<Record<string, EndReason>> = {
  UnsupportedLanguagePairException: 'unsupported_language',
  UnsupportedLanguageException: 'unsupported_language',
  DetectedLanguageLowConfidenceException: 'unsupported_language',
  TextSizeLimitExceededException: 'source_too_large',
  ImageTooLargeException: 'source_too_large',
  InvalidImageFormatException: 'unsupported_source',
};
const throttling = /throttl|toomanyrequests|^limitexceeded|throughputexceeded|slowdown/i;
/** Keys, rights, clock: an operator mends these, and then it works. */
const ofAccount =
  /accessdenied|notauthorized|unrecognizedclient|clienttoken|signature|expiredtoken|optinrequired|subscription/i;

export const nameOfAwsError = (error: unknown): string => (error as Error).name;

/** Names only: what AWS says may quote what was sent. */
export function awsFault(thrown: unknown): ProviderFault | ProviderRefusal {
  if (thrown instanceof CallFault) return new ProviderFault(thrown.message, thrown.result.kind === 'unknown');
  const { name, $metadata } = thrown as AwsError;
  const status = $metadata?.httpStatusCode;
  // An answer that cannot be read, or a fault inside the SDK.
  if (status === undefined || status < 400) return new ProviderFault(name, true);
  const reason = refusals[name];
  if (reason) return new ProviderRefusal(reason, name);
  const isTemporary = status >= 500 || status === 429 || throttling.test(name) || ofAccount.test(name);
  return isTemporary || status === 403 ? new ProviderFault(name, false) : new ProviderRefusal('refused', name);
}

/** Runs a call; what it throws is told apart. */
export async function callAws<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof ProviderRefusal || error instanceof ProviderFault ? error : awsFault(error);
  }
}
