/** Schemas, each with one writing service. A closed set, so a name can stand in SQL text. */
export type OwnedSchema = 'catalog' | 'actions' | 'topology' | 'notify' | 'mail' | 'stats' | 'mtt' | 'forwarder';
