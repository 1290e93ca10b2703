import type { Faults } from './settlement';

export interface SoakEnd {
  figures: Record<string, unknown>;
  faults: Faults;
}

/** One kind of use in a steady load. */
export interface SoakPart {
  name: string;
  /** Once a second. */
  tick(second: number): void;
  /** Resolves when everything that was begun is answered. */
  stop(): Promise<void>;
  /** After everything has stopped: waits until what it did has had its effect, and says what is wrong. */
  settle(): Promise<SoakEnd>;
}

export const faultsOf = (findings: Record<string, unknown[]>): Faults =>
  Object.fromEntries(
    Object.entries(findings)
      .filter(([, list]) => list.length > 0)
      .map(([kind, list]) => [`${kind}: ${list.length}`, list.slice(0, 10)] as const),
  );
