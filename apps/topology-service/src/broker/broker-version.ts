export type VersionVerdict = 'usable' | 'untested' | 'refused';

/** A range of versions we know something about; `before` is not part of it any more. */
export interface KnownVersions {
  from: string;
  before: string;
  verdict: 'usable' | 'refused';
  why: string;
}

/** What docs/broker-versions.md says, for machines: change both together. The first range that fits decides; a version in
 *  none is untested. */
export const knownVersions: readonly KnownVersions[] = [
  {
    from: '0.0.0',
    before: '3.10.0',
    verdict: 'refused',
    why: 'quorum queues lose dead letters that the next queue has not confirmed',
  },
  { from: '3.10.8', before: '3.11.0', verdict: 'usable', why: 'our tests run on 3.10.8' },
];

/** Whether to trust a broker with messages, and why. A version we cannot read is untested, not refused: forks name theirs
 *  oddly. */
export function judgeBrokerVersion(
  version: string,
  known: readonly KnownVersions[] = knownVersions,
): { verdict: VersionVerdict; why: string } {
  const parts = partsOf(version);
  const range = parts && known.find(({ from, before }) => !isBelow(parts, from) && isBelow(parts, before));
  return range ?? { verdict: 'untested', why: 'not among the versions our tests ran on' };
}

/** Whether a consumer may say that it wants nothing: 4.0 took no notice of it any more and would give it messages. */
export const heedsConsumerCredit = (version: string): boolean => partsOf(version)?.[0] === 3;

const partsOf = (version: string): number[] | undefined => /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);

const isBelow = (parts: readonly number[], version: string): boolean => {
  const limit = partsOf(version) ?? [];
  const at = parts.findIndex((part, index) => part !== limit[index]);
  return at >= 0 && (parts[at] ?? 0) < (limit[at] ?? 0);
};
