import type { SecretEnvelope } from '@groundswell/crypto';
import type { StoredEndpoint } from './due-lane.read-model';
import type { PushBackend, PushEndpoint } from './push-backend';

export type PushBackends = Readonly<Record<PushEndpoint['kind'], PushBackend>>;

export type OpenedEndpoint = { endpoint: PushEndpoint; backend: PushBackend } | { fault: string };

/** Opens what is stored of a service, each time it is called: nothing of it is kept. */
export class EndpointOpener {
  constructor(
    private readonly envelope: Pick<SecretEnvelope, 'open'>,
    private readonly backends: PushBackends,
  ) {}

  open(stored: StoredEndpoint): OpenedEndpoint {
    const { serviceId, orgId, name: kind, host, user, path } = stored;
    if (kind !== 'webhook' && kind !== 'sqs') return { fault: `the service is no push backend: ${kind}` };
    const sealed = [stored.signingSecret, stored.previousSigningSecret].filter((secret) => secret !== null);
    try {
      const password = stored.password === '' ? '' : this.clear(stored.password);
      const signingSecrets = sealed.map((secret) => this.clear(secret));
      return {
        endpoint: { serviceId, orgId, kind, host, user, password, path, signingSecrets },
        backend: this.backends[kind],
      };
    } catch {
      // Which key it was sealed with, and why it does not open, is for operators: the log of the start says what keys there are.
      return { fault: 'the password or signing secret of the service cannot be opened' };
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(Object.values(this.backends).map((backend) => backend.close()));
  }

  private clear(sealed: string): string {
    return this.envelope.open(sealed).toString('utf8');
  }
}
