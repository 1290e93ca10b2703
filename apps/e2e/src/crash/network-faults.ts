import type { NetworkLine } from './network-line';

/** What goes wrong on a way between two programs. */
export interface NetworkFault {
  name: 'cut' | 'delay' | 'half-open' | 'blackhole' | 'slow';
  begin: (line: NetworkLine) => void;
}

/** Half of a round trip of 500 ms. */
const delayMs = 250;
/** Of all services together: some forty signatures a second would take all of it. */
const slowBytesPerSecond = 64 * 1024;

export const networkFaults: readonly NetworkFault[] = [
  { name: 'cut', begin: (line) => line.cut() },
  { name: 'delay', begin: (line) => void (line.delayMs = delayMs) },
  { name: 'half-open', begin: (line) => line.halfOpen() },
  { name: 'blackhole', begin: (line) => line.swallow() },
  { name: 'slow', begin: (line) => void (line.bytesPerSecond = slowBytesPerSecond) },
];
