import { createHmac } from 'node:crypto';
import { fingerprint } from './contact-ref';

/** Raised when the text that is hashed after the seed is made otherwise (processing.md §2.7). */
const version = 1;
const idBytes = 8;

/** Former seeds a deployment may name: each makes every signature some 50 bytes longer. */
export const maxFormerSeeds = 4;

/** Seeds as FINGERPRINT_SEED_BEFORE lists them: separated by commas, newest first; white space around them is none of theirs. */
export const formerSeedsFrom = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((seed) => seed.trim())
    .filter((seed) => seed !== '');

/**
 * How fingerprints are made at this time, and how they were made before (docs/references.md): the present seed, and former ones,
 * newest first. The id names a recipe without giving its seed away.
 */
export class ReferenceRecipe {
  /** 11 characters of base64url; differs with seed and version. */
  readonly id: string;

  constructor(
    private readonly seed: string,
    private readonly formerSeeds: readonly string[] = [],
  ) {
    if (formerSeeds.length > maxFormerSeeds) throw new RangeError(`more than ${maxFormerSeeds} former seeds`);
    const label = `groundswell:reference-recipe:${version}`;
    this.id = createHmac('sha256', seed).update(label).digest().subarray(0, idBytes).toString('base64url');
  }

  get hasFormer(): boolean {
    return this.formerSeeds.length > 0;
  }

  refOf(input: string): Buffer {
    return fingerprint(this.seed, input);
  }

  /** What the same input was before, newest recipe first. */
  formerRefsOf(input: string): Buffer[] {
    return this.formerSeeds.map((seed) => fingerprint(seed, input));
  }

  /** By each recipe, the present one first: whoever could not be moved is still found. */
  allRefsOf(input: string): Buffer[] {
    return [this.refOf(input), ...this.formerRefsOf(input)];
  }

  /**
   * What becomes of a stored reference, by the inputs it may have been made of: `present` when one makes it by the present recipe, the new
   * reference when one makes it by a former recipe, null when none does. Nobody is moved on a guess.
   */
  recalculate(stored: Buffer, inputs: readonly string[]): Buffer | 'present' | null {
    if (inputs.some((input) => this.refOf(input).equals(stored))) return 'present';
    const input = inputs.find((candidate) => this.formerRefsOf(candidate).some((ref) => ref.equals(stored)));
    return input === undefined ? null : this.refOf(input);
  }
}
