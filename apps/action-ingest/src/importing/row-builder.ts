import { createHash } from 'node:crypto';
import {
  InputError,
  UndecodableRefError,
  uploadedSubmissionId,
  type BuiltSubmission,
  type PageScope,
  type SubmissionBuilder,
} from '@groundswell/submissions';
import type { Upload } from './upload.repository';
import { RowReader, type ReadRow } from './row-reader';
import type { FileRow, RowProblem } from './uploaded-row';

/** Problems of one row that are kept. */
const problemsKept = 5;
const longestField = 100;

export type BuiltRow =
  | { number: number; kind: 'built'; built: BuiltSubmission; namesSomebody: boolean }
  | { number: number; kind: 'refused'; problems: RowProblem[] };

/** A row whose id of its own, if it has one, is known. */
export interface NamedRow {
  row: FileRow;
  read: ReadRow | { problems: RowProblem[] };
  /** Null: it brought none. */
  clientIdHash: Buffer | null;
}

/** Makes rows into the submissions that the gateway would make of them, by the same rules. The same row has the same id whenever it is
 *  built, so it is stored once. */
export class RowBuilder {
  private readonly reader: RowReader;

  constructor(
    private readonly builder: SubmissionBuilder,
    private readonly upload: Upload,
  ) {
    this.reader = new RowReader(upload.settings, upload.createdAt);
  }

  name(row: FileRow): NamedRow {
    const read = 'fields' in row.content ? this.reader.read(row.content.fields) : row.content;
    const clientId = 'input' in read ? read.clientActionId : null;
    return { row, read, clientIdHash: clientId === null ? null : hashOf(clientId) };
  }

  /** Throws what is no fault of the row. */
  build({ row: { number }, read }: NamedRow, scope: PageScope): BuiltRow {
    if ('problems' in read) return { number, kind: 'refused', problems: read.problems.slice(0, problemsKept) };
    try {
      return {
        number,
        kind: 'built',
        built: this.submissionOf(number, read, scope),
        namesSomebody: read.input.kind === 'action',
      };
    } catch (error) {
      return { number, kind: 'refused', problems: problemsOf(error) };
    }
  }

  private submissionOf(
    number: number,
    { input, acceptedAt, clientActionId }: ReadRow,
    scope: PageScope,
  ): BuiltSubmission {
    const { id: uploadId, settings } = this.upload;
    const row = clientActionId === null ? { number } : { clientActionId };
    const id = uploadedSubmissionId({ uploadId, row });
    const acceptance = { now: acceptedAt, referer: null, idFor: () => id, noMail: !settings.sendsMails };
    return input.kind === 'contact'
      ? this.builder.buildContact(scope, input, acceptance)
      : this.builder.buildAction(scope, input, acceptance);
  }
}

const hashOf = (clientId: string): Buffer => createHash('sha256').update(clientId).digest().subarray(0, 16);

function problemsOf(error: unknown): RowProblem[] {
  if (error instanceof UndecodableRefError) return [{ field: 'contactRef', reason: 'is no reference' }];
  if (!(error instanceof InputError)) throw error;
  return error.problems
    .slice(0, problemsKept)
    .map(({ path, message }) => ({ field: path.join('.').slice(0, longestField) || null, reason: message }));
}
