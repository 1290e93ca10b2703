import type { OldReader, PageSum } from './old-reader';
import { pageOf } from './pages';
import type { Sealer } from './sealer';
import type { Row, TableCopy } from './table-copy';
import type { LeftOut, Target } from './target';

/** What became of one table in this run. */
export interface TableResult {
  table: string;
  /** Rows the old server has. */
  rows: number;
  /** In pages that are not as they were at the last run. */
  read: number;
  written: number;
  removed: number;
  leftOut: LeftOut[];
}

interface TableWork {
  copy: TableCopy;
  result: TableResult;
  changed: PageSum[];
  /** Numbers of pages that were written before. */
  known: ReadonlySet<number>;
}

/** Copies what is not here yet, or otherwise. Stopped anywhere, it goes on there at the next run. */
export class ImportRun {
  constructor(
    private readonly old: OldReader,
    private readonly target: Target,
    private readonly sealer: Sealer,
    private readonly tell: (line: string) => void,
  ) {}

  async copy(copies: readonly TableCopy[], { isDry }: { isDry: boolean }): Promise<TableResult[]> {
    const works: TableWork[] = [];
    for (const copy of copies) works.push(await this.survey(copy));
    // Children first: what they refer to cannot go before them.
    if (!isDry) for (const work of [...works].reverse()) await this.makeRoom(work);
    for (const work of works) await this.write(work, isDry);
    return works.map(({ result }) => result);
  }

  private async survey(copy: TableCopy): Promise<TableWork> {
    const digests = await this.target.digests(copy);
    const sums = await this.old.survey(copy);
    const there = new Set(sums.map(({ page }) => page.number));
    const gone = [...digests.keys()].filter((number) => !there.has(number));
    const changed = [
      ...sums.filter(({ page, digest }) => digests.get(page.number) !== digest),
      ...gone.map((number) => ({ page: pageOf(copy.from, number), rows: 0, digest: 'empty' })),
    ].filter(({ page, digest }) => digests.get(page.number) !== digest);
    const rows = sums.reduce((count, sum) => count + sum.rows, 0);
    this.tell(`${copy.from}: ${rows} rows, ${changed.length} of ${sums.length} pages to read`);
    const result: TableResult = { table: copy.from, rows, read: 0, written: 0, removed: 0, leftOut: [] };
    return { copy, result, changed, known: new Set(digests.keys()) };
  }

  private async makeRoom({ copy, result, changed, known }: TableWork): Promise<void> {
    for (const { page } of changed.filter((sum) => known.has(sum.page.number))) {
      const { rows } = judge(copy, await this.old.readPage(copy, page));
      result.removed += await this.target.makeRoom(copy, page, rows);
    }
  }

  private async write({ copy, result, changed }: TableWork, isDry: boolean): Promise<void> {
    for (const { page, digest } of changed) {
      const read = await this.old.readPage(copy, page);
      const { rows, leftOut } = judge(copy, read);
      result.read += read.length;
      if (isDry) {
        result.leftOut.push(...leftOut);
        continue;
      }
      const sealed = await this.sealer.seal(copy, rows);
      const written = await this.target.writePage(copy, page, digest, sealed, leftOut);
      result.written += written.written;
      result.leftOut.push(...written.leftOut);
    }
    if (result.read > 0) this.tell(`${copy.from}: ${result.read} read, ${result.written} written`);
  }
}

/** Rows as they will be here, and those that cannot come. */
export function judge(copy: TableCopy, read: readonly Row[]): { rows: Row[]; leftOut: LeftOut[] } {
  const rows: Row[] = [];
  const leftOut: LeftOut[] = [];
  for (const row of read) {
    const reason = copy.judge?.(row) ?? null;
    if (reason === null) rows.push(copy.change?.(row) ?? row);
    else leftOut.push({ id: row.id, reason });
  }
  return { rows, leftOut };
}
