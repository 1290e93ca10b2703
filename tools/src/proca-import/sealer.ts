import type { SecretEnvelope } from '@groundswell/crypto';
import type { Row, TableCopy } from './table-copy';
import type { Target } from './target';

/** Seals what is secret. What is sealed here already, of the same bytes, stays as it is: sealing twice never gives the same text. */
export class Sealer {
  constructor(
    private readonly envelope: SecretEnvelope,
    private readonly target: Target,
  ) {}

  async seal(copy: TableCopy, rows: readonly Row[]): Promise<Row[]> {
    if (!copy.sealed) return [...rows];
    const { column, bytesOf } = copy.sealed;
    const there = await this.target.rows<{ id: string; sealed: string | null }>(
      `select id::text as id, ${column} as sealed from ${copy.to} where id = any($1::bigint[])`,
      [rows.map(({ id }) => id)],
    );
    const sealedById = new Map(there.map(({ id, sealed }) => [id, sealed]));
    return rows.map((row) => {
      const plain = row[column];
      return plain ? { ...row, [column]: this.sealedAs(bytesOf(plain), sealedById.get(row.id) ?? null) } : row;
    });
  }

  private sealedAs(bytes: Buffer, present: string | null): string {
    return present && this.isSealOf(bytes, present) ? present : this.envelope.seal(bytes);
  }

  private isSealOf(bytes: Buffer, sealed: string): boolean {
    try {
      return this.envelope.open(sealed).equals(bytes);
    } catch {
      // Sealed with a key that is not ours any more, or not sealed at all: sealed anew.
      return false;
    }
  }
}
