import { z } from 'zod';

/** Named limits of an import (docs/import.md). */
export const importLimits = {
  /** Of a file, bytes. */
  fileBytes: 256 * 1024 * 1024,
  rows: 1_000_000,
  columns: 100,
  /** Of one field, characters. */
  fieldLength: 10_000,
  /** Of one row, bytes. */
  rowBytes: 64 * 1024,
  /** Errors whose rows and reasons are kept; further ones are counted only. */
  errorsKept: 10_000,
  /** Of one org, waiting or being read. */
  openUploads: 5,
  /** How far back a row's own time may lie, years. */
  createdYearsAgo: 5,
  /** Characters of a client action id. */
  clientActionIdLength: 255,
  /** How long file, errors and report can be looked at, days. */
  keptDays: 14,
} as const;

/** Fields of a row; besides them `customFields.<name>`. */
export const importFields = [
  'name',
  'firstName',
  'lastName',
  'email',
  'phone',
  'birthDate',
  'address.country',
  'address.postcode',
  'address.locality',
  'address.region',
  'address.street',
  'address.streetNumber',
  'nationality.country',
  'nationality.documentType',
  'nationality.documentNumber',
  'optIn',
  'leadOptIn',
  'actionType',
  'donation.schema',
  'donation.amount',
  'donation.currency',
  'donation.frequencyUnit',
  'donation.payload',
  'tracking.source',
  'tracking.medium',
  'tracking.campaign',
  'tracking.content',
  'tracking.location',
  'contactRef',
  'createdAt',
  'clientActionId',
] as const;

const known: ReadonlySet<string> = new Set(importFields);
const customField = /^customFields\.[^.]{1,255}$/;

/** A name in a file as the field it means, also with the argument of addActionContact before it; null for no field. */
export function importFieldOf(name: string): string | null {
  const field = name.trim().replace(/^(contact|action|privacy)\./, '');
  return known.has(field) || customField.test(field) ? field : null;
}

const field = z.string().refine((name) => importFieldOf(name) === name);

/** How the rows of a file are read. No personal data. */
export const importSettingsV1 = z.object({
  delimiter: z.enum([',', ';', '\t']),
  /** Columns by other names; `field` null: left out. */
  mapping: z.array(z.object({ column: z.string().max(255), field: field.nullable() })).max(importLimits.columns),
  /** For rows that say nothing there. */
  defaults: z.array(z.object({ field, value: z.string().max(importLimits.fieldLength) })).max(importLimits.columns),
  privacy: z.object({ optIn: z.boolean().nullable(), leadOptIn: z.boolean().nullable() }),
  /** Confirm and thank-you mails as for signatures; else nobody is mailed. */
  sendsMails: z.boolean(),
  testing: z.boolean(),
});

const request = <Kind extends string, Fields extends z.ZodRawShape>(kind: Kind, fields: Fields) =>
  z.object({ schema: z.literal('groundswell:request:1'), kind: z.literal(kind), id: z.uuid(), ...fields });

/** Has a file of actions read, row by row. Answered with the upload's id. */
export const importActionsRequestV1 = request('import_actions', {
  orgId: z.number().int(),
  pageId: z.number().int(),
  objectKey: z.string(),
  size: z.number().int(),
  format: z.enum(['csv', 'json']),
  isDry: z.boolean(),
  settings: importSettingsV1,
  /** User id. */
  requestedBy: z.string(),
});
export const importActionsAnswerV1 = z.object({ uploadId: z.number().int() });

/** Rows that were taken stay. `unchanged`: it had ended. */
export const cancelImportRequestV1 = request('cancel_import', { orgId: z.number().int(), uploadId: z.number().int() });
export const cancelImportAnswerV1 = z.object({ outcome: z.enum(['changed', 'unchanged']) });

/** Codes of refusals. */
export const importRefusals = {
  notFound: 'import.not_found',
  notConfigured: 'import.not_configured',
  /** This file was imported before. */
  again: 'import.again',
  tooMany: 'import.too_many',
  /** Its supporters would wait for a mail that nobody sends. */
  needsMails: 'import.needs_mails',
} as const;

export type ImportSettingsV1 = z.infer<typeof importSettingsV1>;
export type ImportActionsRequestV1 = z.infer<typeof importActionsRequestV1>;
export type CancelImportRequestV1 = z.infer<typeof cancelImportRequestV1>;
