import type { TemplatesAnswerV1 } from '@groundswell/contracts';
import type { RemoteTemplateLists } from '../templates/remote-templates';

/** How long a provider is waited for, ms; a list read later is there for the next who asks. */
const waitMs = 3_000;

/** Names of the templates that orgs made at their providers (email-and-mtt.md §2.3). */
export class TemplateRequests {
  constructor(private readonly lists: Pick<RemoteTemplateLists, 'names'>) {}

  async list(serviceIds: readonly number[]): Promise<TemplatesAnswerV1> {
    const services = await Promise.all(
      serviceIds.map(async (serviceId) => ({ serviceId, ...(await this.lists.names(serviceId, waitMs)) })),
    );
    return { services };
  }
}
