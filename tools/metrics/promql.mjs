const KEYWORDS = new Set([
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'inf',
  'nan',
]);
const MODIFIER = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)/g;

const namesIn = (list) =>
  list
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);

/**
 * What a PromQL expression reads: `selectors` `[{name, labels}]` and `grouped`, labels named by `by`, `on` and the like. Not a parser:
 * promtool is one. Throws for brackets that do not match.
 */
export function readsOf(expression) {
  const bare = expression.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/'(?:[^'\\]|\\.)*'/g, "''");
  assertBalanced(bare, expression);
  const grouped = [...bare.matchAll(MODIFIER)].flatMap(([, list]) => namesIn(list));
  const selectors = [];
  const rest = bare
    .replace(MODIFIER, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\boffset\s+\S+/g, ' ');
  for (const [, name, braces, call] of rest.matchAll(/([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(\s*\()?/g)) {
    if (call || KEYWORDS.has(name.toLowerCase())) continue;
    selectors.push({ name, labels: [...(braces ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label) });
  }
  return { selectors, grouped };
}

function assertBalanced(text, expression) {
  const open = [];
  const pairs = { ')': '(', ']': '[', '}': '{' };
  for (const char of text) {
    if ('([{'.includes(char)) open.push(char);
    else if (pairs[char] && open.pop() !== pairs[char]) throw new Error(`brackets do not match in: ${expression}`);
  }
  if (open.length > 0) throw new Error(`a bracket is not closed in: ${expression}`);
}

/**
 * What is wrong with an expression, given the metrics there are `[{name, kind, labels}]`: series nobody shows, labels they do not have.
 * `everywhere`: labels that every series has.
 */
export function problemsOf(expression, metrics, everywhere = ['service']) {
  const { selectors, grouped } = readsOf(expression);
  const problems = [];
  const labels = new Set(everywhere);
  for (const { name, labels: used } of selectors) {
    const series = seriesOf(name, metrics);
    if (!series) problems.push(`${name} is no metric of ours`);
    for (const label of series?.labels ?? []) labels.add(label);
    const known = new Set([...everywhere, ...(series?.labels ?? [])]);
    for (const label of series ? used : []) if (!known.has(label)) problems.push(`${name} has no label ${label}`);
  }
  for (const label of grouped) if (!labels.has(label)) problems.push(`nothing in "${expression}" has a label ${label}`);
  return { problems, labels };
}

/** A histogram is read by its three series. */
function seriesOf(name, metrics) {
  const found = metrics.find((metric) => metric.name === name);
  if (found) return found.kind === 'histogram' || found.kind === 'summary' ? null : found;
  const [, base, suffix] = /^(.+)_(bucket|sum|count)$/.exec(name) ?? [];
  const histogram = metrics.find((metric) => metric.name === base && metric.kind === 'histogram');
  return histogram ? { labels: [...histogram.labels, ...(suffix === 'bucket' ? ['le'] : [])] } : null;
}
