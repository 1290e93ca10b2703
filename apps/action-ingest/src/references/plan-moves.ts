import type { PlannedMove } from './reference-alias.repository';

/**
 * What is to be moved so that everybody meant is under their present reference, by the map as it stands (`presentOf`): from where they are
 * now, and together with whoever went on from there. A recipe may come back: then what was a former reference is the present one again.
 * `left`: former references under which something is stored all the same, by an earlier release that does not look into the map.
 */
export function planMoves(
  wanted: readonly PlannedMove[],
  presentOf: ReadonlyMap<string, string>,
  left: ReadonlySet<string> = new Set(),
): PlannedMove[] {
  const targets = new Set(wanted.map(({ to }) => to));
  const moves = new Map<string, PlannedMove>();
  const add = (move: PlannedMove): void => {
    // One recipe makes no reference of which it makes another.
    if (!targets.has(move.from)) moves.set(move.from, move);
  };
  for (const move of wanted) {
    const present = presentOf.get(move.from);
    if (present === undefined || left.has(move.from)) add(move);
    if (present !== undefined) add({ ...move, from: present });
    const beyond = presentOf.get(move.to);
    if (beyond !== undefined) add({ ...move, from: beyond });
  }
  return [...moves.values()];
}
