/** Pieces of SVG. Text is measured by a guess: fonts are those of whoever looks. */
export const escape = (text) =>
  String(text).replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]);

export const text = (x, y, content, kind = '', anchor = 'start') =>
  `<text x="${x}" y="${y}"${kind ? ` class="${kind}"` : ''}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}>${escape(content)}</text>`;

export const box = ({ x, y, width, height }, kind) =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" class="${kind}"/>`;

/** A box with a name and a smaller line below it. */
export const labelled = (place, kind, name, note = '') => {
  const middle = place.x + place.width / 2;
  const centre = place.y + place.height / 2;
  const lines = note
    ? [text(middle, centre - 3, name, 'name', 'middle'), text(middle, centre + 14, note, 'note', 'middle')]
    : [text(middle, centre + 5, name, 'name', 'middle')];
  return [box(place, kind), ...lines].join('\n');
};

export const rightOf = ({ x, y, width, height }) => ({ x: x + width, y: y + height / 2 });
export const leftOf = ({ x, y, height }) => ({ x, y: y + height / 2 });

/** A curve from one point to another, both level at their ends. */
export function arrow(from, to, colour) {
  const bend = (to.x - from.x) / 2;
  const path = `M${from.x} ${from.y} C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x - 8} ${to.y}`;
  return `<path d="${path}" class="line ${colour}" marker-end="url(#${colour})"/>`;
}

/** Points on one side of a box for several lines, so that they do not all end in one. */
export const spreadAlong = ({ y, height }, count) =>
  Array.from({ length: count }, (_, at) => Math.round(y + (height * (at + 1)) / (count + 1)));

const palette = {
  ingest: ['#0b63ce', '#6cb0ff'],
  confirm: ['#a85a00', '#f0ae5a'],
  deliver: ['#14783c', '#63cf8b'],
  event: ['#8430b4', '#cf95f2'],
  plain: ['#5c6670', '#9aa6b2'],
};
export const colours = Object.keys(palette);

const lineStyles = (shade) =>
  Object.entries(palette)
    .map(([name, shades]) => `.line.${name}{stroke:${shades[shade]}}.head.${name}{fill:${shades[shade]}}`)
    .join('');

const light = `.ground{fill:#fff}text{fill:#1b2127}.note,.key{fill:#4f5963}.service{fill:#eaf2fd;stroke:#0b63ce}.exchange{fill:#fdf3e1;stroke:#a85a00}
.queue{fill:#f3f5f7;stroke:#808b96}.outside{fill:#fff;stroke:#4f5963}.store{fill:#eaf6ee;stroke:#14783c}.frame{fill:none;stroke:#b4bdc6}${lineStyles(0)}`;
const dark = `.ground{fill:#14181d}text{fill:#e8edf2}.note,.key{fill:#aab5c0}.service{fill:#12294a;stroke:#6cb0ff}.exchange{fill:#3a2a10;stroke:#f0ae5a}
.queue{fill:#232a32;stroke:#7f8b97}.outside{fill:#14181d;stroke:#aab5c0}.store{fill:#12331f;stroke:#63cf8b}.frame{fill:none;stroke:#49535e}${lineStyles(1)}`;

const heads = colours
  .map(
    (colour) =>
      `<marker id="${colour}" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 L8 4 L0 8 z" class="head ${colour}"/></marker>`,
  )
  .join('\n');

/** A whole picture, for light and dark pages alike. */
export const picture = (
  { width, height, title, description },
  parts,
) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">${escape(title)}</title>
<desc id="description">${escape(description)}</desc>
<style>
text{font-family:system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;font-size:15px}
.name{font-size:15px;font-weight:600}.note,.key{font-size:12.5px}.head-line{font-size:16px;font-weight:700}
.service,.exchange,.queue,.store{stroke-width:1.5}.outside{stroke-width:1.5;stroke-dasharray:5 3}.line{fill:none;stroke-width:1.8}
${light}
@media (prefers-color-scheme:dark){${dark}}
</style>
<defs>
${heads}
</defs>
<rect class="ground" width="${width}" height="${height}"/>
${parts.join('\n')}
</svg>
`;
