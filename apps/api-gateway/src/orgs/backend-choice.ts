import { InputError } from '../api/api-error';
import type { ServiceRepository } from '../services/service.repository';
import type { ServiceName } from '../services/service-name';

const mailers: ServiceName[] = ['MAILJET', 'SES', 'SMTP', 'SYSTEM', 'PREVIEW', 'BREVO', 'HUBSPOT', 'MAILGUN'];
const pushers: ServiceName[] = ['SQS', 'WEBHOOK'];

/** Purpose → column of the org, and the services that can serve it (graphql-api.md §5.5). */
export const backends = {
  emailBackend: { column: 'emailBackendId', services: mailers },
  transactionalEmailBackend: { column: 'transactionalEmailBackendId', services: mailers },
  eventBackend: { column: 'eventBackendId', services: pushers },
  pushBackend: { column: 'pushBackendId', services: pushers },
  storageBackend: { column: 'storageBackendId', services: ['SUPABASE', 'S3'] as ServiceName[] },
  detailBackend: { column: 'detailBackendId', services: ['WEBHOOK'] as ServiceName[] },
} as const;

export type BackendPurpose = keyof typeof backends;
export const backendPurposes = Object.keys(backends) as BackendPurpose[];

export interface InstanceBackends {
  emailBackendId: number | null;
  transactionalEmailBackendId: number | null;
}

/** Finds the service an org means by a backend's type; what it cannot mean is an error at the purpose. */
export class BackendChoice {
  constructor(
    private readonly services: ServiceRepository,
    private readonly instance: InstanceBackends,
  ) {}

  /** Null switches the backend off. */
  async serviceId(orgId: number, purpose: BackendPurpose, name: ServiceName | null): Promise<number | null> {
    if (name === null) return null;
    if (!backends[purpose].services.includes(name)) {
      throw InputError.at([purpose], 'service does not support such backend');
    }
    if (name === 'SYSTEM') return this.borrowed(purpose);
    const service = await this.services.findNewest(orgId, name);
    if (!service) throw InputError.at([purpose], 'no such service');
    return service.id;
  }

  private borrowed(purpose: BackendPurpose): number {
    if (purpose === 'transactionalEmailBackend') {
      if (this.instance.transactionalEmailBackendId !== null) return this.instance.transactionalEmailBackendId;
      throw InputError.at([purpose], 'instance org has no transactional email backend configured');
    }
    if (this.instance.emailBackendId !== null) return this.instance.emailBackendId;
    throw InputError.at([purpose], 'no such service');
  }
}
