import { importFieldOf, importLimits, type ImportSettingsV1 } from '@groundswell/contracts';
import { isDeeperThan } from '@groundswell/domain';
import { readJson } from './json-records';
import { problemRow, type FieldValue, type FileRow, type RowProblem } from './uploaded-row';

/** Kept as they are, with all that is in them. */
const wholeFields = new Set(['donation.payload']);
/** A key that is shown in a report: no sentence, and nothing a person could be called by mistake. */
const shownKey = /^[A-Za-z][A-Za-z0-9_.]{0,63}$/;
/** Beyond what any field may hold, far below what overflows a stack. */
const deepestRow = 100;

/** Rows from a position on: objects as addActionContact takes its arguments, or with the names of fields as keys. */
export async function* jsonRows(
  source: AsyncIterable<Buffer>,
  { mapping }: Pick<ImportSettingsV1, 'mapping'>,
  position: { offset: number; rows: number },
): AsyncGenerator<FileRow> {
  const mapped = new Map(mapping.map(({ column, field }) => [column, field]));
  let number = position.rows;
  for await (const { text, reason, end } of readJson(source, position.offset)) {
    number += 1;
    const value = text === null ? null : parsed(text);
    if (value === null) yield problemRow(number, end, reason);
    else if (isDeeperThan(value, deepestRow)) yield problemRow(number, end, 'is nested too deeply');
    else yield { number, end, content: contentOf(value, mapped) };
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function contentOf(value: Record<string, unknown>, mapped: ReadonlyMap<string, string | null>): FileRow['content'] {
  const fields = new Map<string, FieldValue>();
  const problems: RowProblem[] = [];
  const leaves = leavesOf(value, '', mapped);
  if (leaves.length > importLimits.columns) {
    return { problems: [{ field: null, reason: `has more than ${importLimits.columns} fields` }] };
  }
  for (const [path, leaf] of leaves) {
    // As widgets send what they have nothing for, whole arguments too.
    if (leaf === null) continue;
    const field = mapped.has(path) ? mapped.get(path) : importFieldOf(path);
    if (field === null || field === undefined) {
      if (!mapped.has(path)) problems.push({ field: shownKey.test(path) ? path : null, reason: 'is not known' });
    } else if (fields.has(field)) problems.push({ field, reason: 'is given twice' });
    else if (leaf !== '') fields.set(field, leaf as FieldValue);
  }
  return problems.length > 0 ? { problems } : { fields };
}

/** As deep as fields lie: `action.donation.amount`. */
const deepest = 3;

/** Values by path, nested objects taken apart. */
function leavesOf(
  value: Record<string, unknown>,
  prefix: string,
  mapped: ReadonlyMap<string, unknown>,
  depth = 1,
): [path: string, value: unknown][] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix + key;
    const isNested = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    const isWhole = depth >= deepest || mapped.has(path) || wholeFields.has(importFieldOf(path) ?? '');
    return isNested && !isWhole
      ? leavesOf(inner as Record<string, unknown>, `${path}.`, mapped, depth + 1)
      : ([[path, inner]] as [string, unknown][]);
  });
}
