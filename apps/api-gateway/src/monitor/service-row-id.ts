import { entityNotFound } from '../catalogue-writing/catalogue-lookup';

/** Ids of rows of several services: `<service>-<row>`, as `notify-service-12`. */
export interface ServiceRowId {
  service: string;
  rowId: string;
}

const form = /^([a-z]+(?:-[a-z]+)*)-([1-9][0-9]{0,17})$/;

/** Throws ApiError `not_found` for what no row has. */
export function readServiceRowId(id: string): ServiceRowId {
  const [, service, rowId] = form.exec(id) ?? [];
  if (service === undefined || rowId === undefined) throw entityNotFound();
  return { service, rowId };
}

export const serviceRowId = (service: string, rowId: string | number): string => `${service}-${rowId}`;
