import type { EntityManager } from 'typeorm';

/** Schemas that have job tables. A closed set, so a name can stand in SQL text. */
export const jobSchemas = ['actions', 'notify', 'stats', 'catalog'] as const;
export type JobSchema = (typeof jobSchemas)[number];

export const isJobSchema = (schema: string): schema is JobSchema => jobSchemas.some((known) => known === schema);

/** What is needed of a service's database; `Database` of libs/persistence fits. */
export interface JobDatabase {
  run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
}

export interface JobLogger {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}
