import { seededRandom } from '@groundswell/testing';

export const victimKinds = ['rabbit', 'postgres', 'redis', 'action-ingest', 'api-gateway', 'topology-service'] as const;
export type VictimKind = (typeof victimKinds)[number] | 'email-delivery' | 'mtt-service' | 'crm-forwarder';

export interface Blow {
  kind: VictimKind;
  /** Which of several replicas, in [0, 1). */
  pick: number;
  /** After the first blow of the strike, ms. */
  lagMs: number;
  /** How long it stays away before it is started again, ms. */
  awayMs: number;
}

/** One process, or two nearly at once, killed with -9. */
export interface Strike {
  /** When, as part of the submissions up to the next strike. */
  at: number;
  blows: Blow[];
  /** Before it: a third replica comes, or leaves if it is there. Gently, or by -9 without return. */
  replica: { kind: 'action-ingest' | 'api-gateway'; isGentle: boolean } | null;
}

const longestAwayMs = 3_000;

/** The same strikes for the same seed. In a row each kind is hit once alone, and two pairs are. */
export function strikesOf(seed: number, count: number, among: readonly VictimKind[] = victimKinds): Strike[] {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const shuffled = <T>(list: readonly T[]): T[] => {
    const rest = [...list];
    return list.map(() => rest.splice(below(rest.length), 1)[0] as T);
  };
  const blow = (kind: VictimKind, lagMs: number): Blow => ({
    kind,
    pick: random(),
    lagMs,
    awayMs: below(longestAwayMs),
  });
  const deck = (): VictimKind[][] =>
    shuffled([...among.map((kind) => [kind]), shuffled(among).slice(0, 2), shuffled(among).slice(0, 2)]);
  const kinds: VictimKind[][] = [];
  while (kinds.length < count) kinds.push(...deck());
  return kinds.slice(0, count).map((pair, index) => ({
    at: 0.1 + 0.7 * random(),
    blows: pair.map((kind, position) => blow(kind, position === 0 ? 0 : below(600))),
    replica:
      index % 3 === 2
        ? { kind: random() < 0.5 ? ('action-ingest' as const) : ('api-gateway' as const), isGentle: random() < 0.7 }
        : null,
  }));
}

export const nameOf = ({ blows }: Strike): string =>
  blows
    .map(({ kind }) => kind)
    .sort()
    .join('+');
