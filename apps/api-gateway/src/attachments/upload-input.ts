import { importLimits } from '@groundswell/contracts';
import { attachmentLimits, cleanFileName, readAttachmentType, type AttachmentType } from '@groundswell/domain';
import { InputError, type InputProblem } from '../api/api-error';

export interface UploadInput {
  name: string;
  size: number;
  type: string;
}

const csvTypes = new Set(['text/csv', 'application/csv', 'text/plain', 'application/vnd.ms-excel']);
const jsonTypes = new Set(['application/json', 'text/json']);

const sizeProblems = (size: number, most: number): InputProblem[] => {
  if (size < 1) return [{ path: ['size'], message: 'must be greater than 0' }];
  return size > most ? [{ path: ['size'], message: 'is too large' }] : [];
};

/** Throws InputError with all that is wrong. */
export function readAttachmentInput({ name, size, type }: UploadInput): {
  name: string;
  size: number;
  type: AttachmentType;
} {
  const problems = sizeProblems(size, attachmentLimits.bytes);
  const cleaned = cleanFileName(name);
  const known = readAttachmentType(type);
  if (cleaned === null) problems.push({ path: ['name'], message: "can't be blank" });
  else if (cleaned.length > attachmentLimits.nameLength) {
    problems.push({ path: ['name'], message: `should be at most ${attachmentLimits.nameLength} character(s)` });
  }
  if (known === null) problems.push({ path: ['type'], message: 'is not allowed' });
  if (problems.length > 0 || cleaned === null || known === null) throw new InputError(problems);
  return { name: cleaned, size, type: known };
}

/** A file of actions. Its name only says what it is where the type does not. */
export function readActionsFileInput({ name, size, type }: UploadInput): {
  size: number;
  type: string;
  ending: string;
} {
  const problems = sizeProblems(size, importLimits.fileBytes);
  const said = (type.split(';')[0] ?? '').trim().toLowerCase();
  const isJson = jsonTypes.has(said) || (said === '' && /\.json$/i.test(name));
  if (!isJson && !csvTypes.has(said) && !(said === '' && /\.csv$/i.test(name))) {
    problems.push({ path: ['type'], message: 'is not allowed' });
  }
  if (problems.length > 0) throw new InputError(problems);
  return { size, type: isJson ? 'application/json' : 'text/csv', ending: isJson ? 'json' : 'csv' };
}
