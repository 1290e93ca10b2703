import type { Envelope } from '@groundswell/messaging';

/** Header of rows of a file; what people did has none. */
const originHeader = 'origin';
const file = 'file';

/** Of messages that are rows of a file. */
export const rowHeaders = { [originHeader]: file };

/** People are taken to go on for so long, ms: a campaign with less than a signature in that time is not held up by an import. */
const goesOnMs = 3_000;

/** Whether people act just now, as far as this process stores what they do. */
export class SigningWatch {
  private lastAt = -Infinity;

  note({ headers }: Pick<Envelope, 'headers'>): void {
    if (headers[originHeader] !== file) this.lastAt = performance.now();
  }

  get isSomebodyThere(): boolean {
    return performance.now() - this.lastAt < goesOnMs;
  }
}
