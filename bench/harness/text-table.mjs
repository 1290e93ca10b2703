const isNumeric = (text) => /^[-+]?[\d., ]+( ?(%|ms|s|µs|x))?$/.test(text);

/** Rows of texts as aligned columns; numbers to the right. The first row is the head. */
export function textTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const isRight = rows[0].map((_, column) => rows.slice(1).every((row) => !row[column] || isNumeric(row[column])));
  const line = (row) =>
    row
      .map((cell, column) => (isRight[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}

export const whole = (value) => Math.round(value).toLocaleString('en').replaceAll(',', ' ');
export const fixed = (value, digits = 2) => value.toFixed(digits);
export const percent = (share) => `${(share * 100).toFixed(1)} %`;
/** `median (min … max)` */
export const spread = ({ median, min, max }, format = whole) => `${format(median)} (${format(min)} … ${format(max)})`;
export const shorten = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
/** Said of a round during which others used the machine. */
export const beside = ({ othersShare }) => (othersShare > 0.15 ? `, beside ${percent(othersShare)} of other work` : '');
