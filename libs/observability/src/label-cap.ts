/** What further values of a capped label become. */
export const otherLabel = 'other';

/** Keeps the number of values of a label bounded: the first `most` keep theirs for as long as the process lives. */
export class LabelCap {
  private readonly known = new Set<string>();

  constructor(private readonly most: number) {}

  /** Null is empty, and counts for nothing. */
  of(value: string | number | null): string {
    if (value === null) return '';
    const text = String(value);
    if (this.known.has(text)) return text;
    if (this.known.size >= this.most) return otherLabel;
    this.known.add(text);
    return text;
  }
}
