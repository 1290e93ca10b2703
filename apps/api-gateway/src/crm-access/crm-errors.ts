import { topologyRefusals } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { ApiError } from '../api/api-error';
import { unavailableFrom } from '../asking/service-client';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';

/** A refusal of topology-service as the API words it: `reason` in its extensions. */
export const topologyRefusalError = (error: unknown): unknown => {
  if (!(error instanceof RpcRefusedError)) return error;
  switch (error.code) {
    case topologyRefusals.notFound:
      return entityNotFound();
    case topologyRefusals.brokerAway:
      return unavailableFrom({ service: 'broker' }, error);
    default:
      return new ApiError(null, error.message, { reason: error.code.replace(/^crm\./, '') }, { cause: error });
  }
};
