import { importFieldOf, importLimits, uploadPrefix, type ImportSettingsV1 } from '@groundswell/contracts';
import { tooLongError } from '@groundswell/domain';
import { InputError, type InputProblem } from '../api/api-error';

/** GraphQL type `ImportActionsInput`. */
export interface ImportActionsInput {
  actionPageId: number;
  key: string;
  format: 'CSV' | 'JSON';
  delimiter?: 'COMMA' | 'SEMICOLON' | 'TAB' | null;
  mapping?: { column: string; field?: string | null }[] | null;
  defaults?: { field: string; value: string }[] | null;
  privacy: { optIn?: boolean | null; leadOptIn?: boolean | null };
  sendsMails?: boolean | null;
  testing?: boolean | null;
  dryRun?: boolean | null;
}

const delimiters = { COMMA: ',', SEMICOLON: ';', TAB: '\t' } as const;
const longestColumn = 255;
/** As `uploadKey` of contracts makes them; nothing that leads to another folder. */
const givenName = /^[0-9a-f-]{36}\.(csv|json)$/;

/** How the file is to be read. Throws InputError with all that is wrong. */
export function settingsOf(input: ImportActionsInput): ImportSettingsV1 {
  const mapping = input.mapping ?? [];
  const defaults = input.defaults ?? [];
  const problems: InputProblem[] = [];
  const checkField = (path: InputProblem['path'], name: string): string => {
    const field = importFieldOf(name);
    if (field === null) problems.push({ path, message: 'is not known' });
    return field ?? name;
  };
  for (const [name, list] of Object.entries({ mapping, defaults })) {
    if (list.length > importLimits.columns) {
      problems.push({ path: [name], message: `should have at most ${importLimits.columns} item(s)` });
    }
  }
  const settings: ImportSettingsV1 = {
    delimiter: delimiters[input.delimiter ?? 'COMMA'],
    mapping: mapping.map(({ column, field }, index) => {
      if (column.length > longestColumn) {
        problems.push({ path: ['mapping', index, 'column'], message: tooLongError(longestColumn) });
      }
      return { column, field: field == null ? null : checkField(['mapping', index, 'field'], field) };
    }),
    defaults: defaults.map(({ field, value }, index) => {
      if (value.length > importLimits.fieldLength) {
        problems.push({ path: ['defaults', index, 'value'], message: tooLongError(importLimits.fieldLength) });
      }
      return { field: checkField(['defaults', index, 'field'], field), value };
    }),
    privacy: { optIn: input.privacy.optIn ?? null, leadOptIn: input.privacy.leadOptIn ?? null },
    sendsMails: input.sendsMails ?? false,
    testing: input.testing ?? false,
  };
  if (problems.length > 0) throw new InputError(problems);
  return settings;
}

/** A key of this org's own uploads, as it was given out. */
export function checkedKey(orgId: number, key: string): string {
  const name = key.startsWith(uploadPrefix(orgId)) ? key.slice(uploadPrefix(orgId).length) : '';
  if (!givenName.test(name)) throw InputError.at(['key'], 'is invalid');
  return key;
}
