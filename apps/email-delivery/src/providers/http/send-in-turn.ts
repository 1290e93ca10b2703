import type { SendResult } from '../mail-provider';

/** Whether the rest of the mails would meet the same answer: the account is refused, or told to wait. */
const stopsTheRest = (result: SendResult): boolean =>
  result.outcome === 'retry' && (result.account === true || result.retryAfterMs !== undefined);

/** Sends groups of mails one call after another, one result per mail. Once the provider refuses the account or asks to
 *  wait, what is left is not called for and gets that same answer. */
export async function sendInTurn<T>(
  groups: readonly (readonly T[])[],
  send: (group: readonly T[]) => Promise<SendResult[]>,
): Promise<SendResult[]> {
  const results: SendResult[] = [];
  let stop: SendResult | undefined;
  for (const group of groups) {
    const found: SendResult[] = stop ? group.map(() => stop as SendResult) : await send(group);
    stop ??= found.find(stopsTheRest);
    results.push(...found);
  }
  return results;
}
