import { templatesAnswerV1 } from '@groundswell/contracts';
import { ApiError } from '../api/api-error';
import type { CatalogueLogger } from '../catalogue-writing/catalogue-settings';
import type { AskProviderTemplates } from '../catalogue-writing/remote-templates';
import type { EmailDeliveryClient } from './email-delivery.client';

/** email-delivery waits 3 s for a provider. */
const templatesMs = 5_000;
/** Nobody waits again so soon after email-delivery did not answer, ms. */
const restMs = 10_000;
const mostServices = 1_000;

/** Never keeps anybody waiting long: templates are a help, and what cannot be told is left out. */
export function askProviderTemplates(
  client: Pick<EmailDeliveryClient, 'ask'>,
  logger: Pick<CatalogueLogger, 'warn'>,
  now: () => number = () => performance.now(),
): AskProviderTemplates {
  let restsUntil = -Infinity;
  return async (asked) => {
    if (now() < restsUntil) return [];
    const serviceIds = asked.slice(0, mostServices);
    try {
      return (await client.ask({ kind: 'list_templates', serviceIds }, templatesAnswerV1, templatesMs)).services;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      restsUntil = now() + restMs;
      logger.warn({ reason: error.cause instanceof Error ? error.cause.message : error.message }, 'templates not told');
      return [];
    }
  };
}
