export type Random = () => number;

export const below = (random: Random, limit: number): number => Math.floor(random() * limit);
export const oneOf = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;
export const randomBytesOf = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => below(random, 256)));

const deep = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
};

/** Values that no field expects. */
const hostileValues: readonly ((random: Random) => unknown)[] = [
  () => null,
  () => '',
  () => ' ',
  () => '\0',
  () => 'a\0b',
  () => '\ud800',
  () => 'x\udfff\ud800y',
  () => '\u202egnp.exe',
  () => '\u{1f4a9}'.repeat(64),
  () => '__proto__',
  () => 'constructor',
  () => '${7*7}{{7*7}}<script>alert(1)</script>',
  () => `'; drop table actions.actions; --`,
  () => '../../../../etc/passwd',
  () => 'a@b\r\nBcc: c@d',
  () => '__DATE__1;process.exit(1)',
  () => 0,
  () => -1,
  () => 1.5,
  () => -0,
  () => 2 ** 31,
  () => 2 ** 53,
  () => 1e308,
  () => Number.MIN_VALUE,
  () => true,
  () => [],
  () => ({}),
  () => [[[]]],
  () => ({ ['__proto__']: { isAdmin: true }, constructor: { prototype: { x: 1 } } }),
  () => JSON.parse('{"__proto__":{"toString":1},"constructor":1,"toString":null,"hasOwnProperty":0}') as unknown,
  () => '0000-00-00T00:00:00Z',
  () => '9999-12-31T23:59:59.999Z',
  () => '-271821-04-20T00:00:00Z',
  (random) => 'x'.repeat(oneOf(random, [63, 64, 65, 255, 256, 1_280, 5_000, 10_241, 70_000])),
  (random) => 'ß'.repeat(below(random, 3_000)),
  (random) => Array.from({ length: below(random, 2_000) }, (_, index) => index),
  (random) => deep(oneOf(random, [10, 100, 250, 3_000])),
  (random) => randomBytesOf(random, below(random, 200)).toString('latin1'),
];

export const hostileValue = (random: Random): unknown => oneOf(random, hostileValues)(random);

/** A copy in which one to three places hold something else, or are gone. */
export function mutated<T>(random: Random, value: T): T {
  const copy = structuredClone(value);
  const times = 1 + below(random, 3);
  for (let time = 0; time < times; time += 1) mutateOnce(random, copy);
  return copy;
}

function mutateOnce(random: Random, root: unknown): void {
  let place = root;
  while (typeof place === 'object' && place !== null) {
    const keys = Object.keys(place);
    if (keys.length === 0) return;
    const key = oneOf(random, keys);
    const child: unknown = (place as Record<string, unknown>)[key];
    if (typeof child === 'object' && child !== null && random() < 0.7) {
      place = child;
      continue;
    }
    if (random() < 0.25) Reflect.deleteProperty(place, key);
    else if (random() < 0.15) (place as Record<string, unknown>)[`${key}\u200b`] = hostileValue(random);
    else (place as Record<string, unknown>)[key] = hostileValue(random);
    return;
  }
}

/** JSON text, now and then with what JSON.stringify cannot write. */
export function hostileJson(random: Random, value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  switch (below(random, 8)) {
    case 0:
      return text.slice(0, below(random, text.length));
    case 1:
      return text.replace(
        /\d+/,
        oneOf(random, ['NaN', '1e400', '-1e400', '1e-400', '00', '0x10', '1_000', '9'.repeat(400)]),
      );
    case 2:
      return text.replace('{', '{"__proto__":{"a":1},"constructor":{"prototype":{}},');
    case 3:
      return `${text}${text}`;
    default:
      return text;
  }
}
