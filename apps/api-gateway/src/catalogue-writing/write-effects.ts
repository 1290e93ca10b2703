import { randomUUID } from 'node:crypto';

export interface OrgEvent {
  messageId: string;
  orgId: number;
  /** Routing suffix after the org's name (processing.md §6.3). */
  suffix: string;
  body: OrgEventBody;
}

/** What tells a reader which message it is (processing.md §6): the schema is the AMQP type, the event's type a header. */
export interface OrgEventBody {
  schema: string;
  eventType: string;
}

/** Something that happened, for our own services (processing.md §6.6). */
export interface InternalFact {
  messageId: string;
  routingKey: string;
  type: string;
  body: object;
}

export interface AuditNote {
  resource: string;
  resourceId: string;
  changeset: Record<string, unknown>;
}

/** What a catalogue transaction causes beside its rows. Collected while it runs, written in it, sent after it. */
export class WriteEffects {
  readonly events: OrgEvent[] = [];
  readonly facts: InternalFact[] = [];
  readonly audits: AuditNote[] = [];

  /** An event for one org. Its message id is made here once and stored with the row, so repeats keep it. */
  event(orgId: number, suffix: string, body: OrgEventBody): void {
    this.events.push({ messageId: `event:${randomUUID()}`, orgId, suffix, body });
  }

  /** A fact for our own services. The message id is the caller's, so that it names what happened. */
  fact(messageId: string, routingKey: string, type: string, body: object): void {
    this.facts.push({ messageId, routingKey, type, body });
  }

  /** `changeset` holds names of attributes, ids and flags: never personal data, never a secret. */
  audit(resource: string, resourceId: number | string, changeset: Record<string, unknown>): void {
    this.audits.push({ resource, resourceId: String(resourceId), changeset });
  }
}
