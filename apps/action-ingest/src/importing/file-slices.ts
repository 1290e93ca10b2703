import { setImmediate as letOthersRun } from 'node:timers/promises';

/** Of a file, taken apart at once; more would keep the process from everything else it does. */
const sliceBytes = 64 * 1024;

/** The same bytes in small pieces; between them the process does other things. */
export async function* inSlices(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    for (let from = 0; from < piece.length; from += sliceBytes) {
      yield piece.subarray(from, from + sliceBytes);
      await letOthersRun();
    }
  }
}
