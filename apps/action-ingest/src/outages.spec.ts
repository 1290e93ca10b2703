import { scanAttachment } from './attachments/attachment-jobs';
import { enrichActionJob, pollTranscriptionJob } from './enriching/enrichment-jobs';

/** Between a first attempt and the last, where every wait is the shortest: half of it. */
const shortestMs = ({ attempts, backoff: { firstMs, longestMs } }: typeof scanAttachment | typeof enrichActionJob) =>
  Array.from({ length: attempts - 1 }, (_, at) => Math.min(firstMs * 2 ** at, longestMs) / 2).reduce((a, b) => a + b);

it.each([scanAttachment, enrichActionJob, pollTranscriptionJob])(
  '$name outlasts two hours in which what it calls is away',
  (type) => expect(shortestMs(type as typeof scanAttachment)).toBeGreaterThan(2 * 3_600_000),
);
