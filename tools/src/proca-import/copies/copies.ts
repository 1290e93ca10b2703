import { oldTableNames, type OldTableName } from '../old-schema';
import type { TableCopy } from '../table-copy';
import { actionCopies } from './action-copies';
import { catalogueCopies } from './catalogue-copies';
import { messageCopies, targetCopies } from './target-copies';

/** All tables, each after those it refers to. `instanceOrg`: the org's name as an SQL literal. */
export function tableCopies(instanceOrg: string): TableCopy[] {
  const copies = [...catalogueCopies(instanceOrg), ...targetCopies, ...actionCopies, ...messageCopies];
  return copies.sort((a, b) => oldTableNames.indexOf(a.from) - oldTableNames.indexOf(b.from));
}

/** Where the rows of an old table are here. */
export function homeOf(copies: readonly TableCopy[], table: OldTableName): string {
  const copy = copies.find(({ from }) => from === table);
  if (!copy) throw new Error(`no copy of ${table}`);
  return copy.to;
}
