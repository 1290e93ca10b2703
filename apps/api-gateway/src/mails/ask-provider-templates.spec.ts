import { ApiError } from '../api/api-error';
import { askProviderTemplates } from './ask-provider-templates';
import type { EmailDeliveryClient } from './email-delivery.client';

/** email-delivery, which may be away. */
function aClient() {
  const client = { isAway: false, asked: 0, warnings: 0 };
  const ask: EmailDeliveryClient['ask'] = (_request, answer) => {
    client.asked += 1;
    if (client.isAway) return Promise.reject(new ApiError('unavailable', 'later'));
    return Promise.resolve(answer.parse({ services: [{ serviceId: 1, names: ['a'], isCurrent: true }] }));
  };
  return { client, ask, logger: { warn: () => void (client.warnings += 1) } };
}

it('brings what email-delivery tells', async () => {
  const { ask, logger } = aClient();
  expect(await askProviderTemplates({ ask }, logger)([1])).toEqual([{ serviceId: 1, names: ['a'], isCurrent: true }]);
});

it('brings nothing while email-delivery is away, and does not wait for it again at once', async () => {
  const { client, ask, logger } = aClient();
  let nowMs = 0;
  const templates = askProviderTemplates({ ask }, logger, () => nowMs);
  client.isAway = true;
  expect(await templates([1])).toEqual([]);
  client.isAway = false;
  expect(await templates([1])).toEqual([]);
  expect([client.asked, client.warnings]).toEqual([1, 1]);
  nowMs = 10_000;
  expect(await templates([1])).toHaveLength(1);
});

it('hides no fault of its own', async () => {
  const { logger } = aClient();
  const ask = () => Promise.reject(new TypeError('broken'));
  await expect(askProviderTemplates({ ask }, logger)([1])).rejects.toThrow('broken');
});
