type Value = string | number | boolean | XmlNode | XmlNode[];
export interface XmlNode {
  [name: string]: Value;
}

const escape = (text: string): string =>
  text.replace(/[<>&"']/g, (mark) => `&#${mark.charCodeAt(0)};`).replace(/\r/g, '&#13;');

const element = (name: string, value: Value): string => {
  if (Array.isArray(value)) return value.map((one) => element(name, one)).join('');
  return `<${name}>${typeof value === 'object' ? content(value) : escape(String(value))}</${name}>`;
};

const content = (node: XmlNode): string =>
  Object.entries(node)
    .map(([name, value]) => element(name, value))
    .join('');

export const xmlOf = (root: string, node: XmlNode): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content(node)}</${root}>`;

const unescape = (text: string): string =>
  text
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&amp;/g, '&');

/** The texts of the elements of each `<outer>`: enough for what S3's clients send. */
export const elementsOf = (xml: string, outer: string): Map<string, string>[] =>
  [...xml.matchAll(new RegExp(`<${outer}>(.*?)</${outer}>`, 'gs'))].map(
    ([, inner = '']) =>
      new Map([...inner.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name = '', text = '']) => [name, unescape(text)])),
  );
