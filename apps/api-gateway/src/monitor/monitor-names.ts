import { InputError } from '../api/api-error';

const jobsForm = /^jobs:([a-z-]+):([a-z][a-z0-9-]{0,99})$/;
/** Longer is no name of a queue, and no reason. */
const longestText = 300;

/** Which jobs the queue of that name is; null where it is none of jobs. */
export function jobsIn(name: string): { service: string; type: string } | null {
  const [, service, type] = jobsForm.exec(name) ?? [];
  return service === undefined || type === undefined ? null : { service, type };
}

/** Throws InputError for what neither the database nor a service can be asked for. */
export function checkText(text: string, path: string[]): void {
  const isFit = text.length > 0 && text.length <= longestText && !text.includes('\u0000');
  if (!isFit) throw InputError.at(path, 'is invalid');
}
