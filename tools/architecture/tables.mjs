const code = (list) => (list.length === 0 ? '–' : list.map((one) => `\`${one}\``).join(', '));

/** `system.ingest.0`, `.1`, … as one name, like in the picture. */
function families(queues) {
  const names = queues.map((queue) => queue.replace(/^(system\.ingest\.)\d+$/, '$1N'));
  return [...new Set(names)].sort();
}

function serviceRows({ services }) {
  return services
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, publishes, reads, schema, redis, objects }) => {
      const stores = [`schema \`${schema}\``, redis && 'Redis', objects && 'object store'].filter(Boolean).join(', ');
      return `| [${name}](../apps/${name}/README.md) | ${code(publishes)} | ${code(families(reads))} | ${stores} |`;
    });
}

function bindingRows({ bindings }) {
  const rows = new Map();
  for (const { exchange, key, queue } of bindings) {
    const [family] = families([queue]);
    const name = `${exchange} ${family}`;
    const row = rows.get(name) ?? { exchange, queue: family, keys: new Set() };
    row.keys.add(family === queue ? key : 'N');
    rows.set(name, row);
  }
  return [...rows.values()]
    .toSorted((a, b) => (`${a.exchange} ${a.queue}` < `${b.exchange} ${b.queue}` ? -1 : 1))
    .map(({ exchange, queue, keys }) => `| \`${exchange}\` | ${code([...keys].sort())} | \`${queue}\` |`);
}

export const BEGIN = '<!-- from the code: node tools/architecture.mjs -->';
export const END = '<!-- end of what is from the code -->';

/** The part of docs/architecture.md that the code decides. */
const tables = (facts) =>
  [
    BEGIN,
    '',
    '| service | may publish to | consumes | writes |',
    '| --- | --- | --- | --- |',
    ...serviceRows(facts),
    '',
    '| exchange | keys | queue |',
    '| --- | --- | --- |',
    ...bindingRows(facts),
    '',
    END,
  ].join('\n');

/** The page with its part from the code put in anew. */
export function pageWith(page, facts) {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/architecture.md has no "${BEGIN}" with "${END}" behind it`);
  return page.slice(0, begin) + tables(facts) + page.slice(end + END.length);
}
