import type { EndReason } from './enrichment-ledger';

/** The provider will not do this one, however often it is asked. `detail`: name of its error, never its text. */
export class ProviderRefusal extends Error {
  readonly code = 'enrichment.refused';

  constructor(
    readonly reason: EndReason,
    readonly detail: string | null = null,
  ) {
    super(detail ? `${reason}: ${detail}` : reason);
    this.name = 'ProviderRefusal';
  }
}

/** It may succeed later. `isPaid`: the request was sent and nobody knows what came of it. */
export class ProviderFault extends Error {
  readonly code = 'enrichment.fault';

  constructor(
    reason: string,
    readonly isPaid: boolean,
  ) {
    super(reason);
    this.name = 'ProviderFault';
  }
}
