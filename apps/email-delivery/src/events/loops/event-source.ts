import type { EventsQuery, Fetched, FetchOptions } from '../../providers/mailgun/mailgun-events.client';

/** Where the events of one account's mails are asked for. */
export interface PolledAccount {
  serviceId: number;
  /** Of the cursors: service, host and domain. An account that moves to another domain begins anew. */
  domain: string;
  /** Without a key or a domain there is nothing to ask. */
  isConfigured: boolean;
}

export interface EventSource {
  fetch(query: EventsQuery, options: FetchOptions): Promise<Fetched>;
  close(): Promise<void>;
}

export interface EventSources {
  polled(): Promise<PolledAccount[]>;
  /** With the settings as they are now. Null when they are gone. */
  open(serviceId: number): Promise<EventSource | null>;
  /** Mail services whose provider has no events for us. */
  withoutEvents(): { serviceId: number; orgId: number; name: string }[];
}
