/** Schemas, each with one writing service. A closed set, so a name can stand in SQL text. */
export type OwnedSchema = 'catalog' | 'actions' | 'topology' | 'notify' | 'mail' | 'stats' | 'mtt' | 'forwarder';

/** The service that owns each schema. */
export const schemaOwner: Readonly<Record<OwnedSchema, string>> = {
  catalog: 'api-gateway',
  actions: 'action-ingest',
  topology: 'topology-service',
  notify: 'notify-service',
  mail: 'email-delivery',
  stats: 'stats-service',
  mtt: 'mtt-service',
  forwarder: 'crm-forwarder',
};

export const ownedSchemas = Object.keys(schemaOwner) as OwnedSchema[];
