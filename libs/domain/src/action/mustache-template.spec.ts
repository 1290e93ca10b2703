import mustache from 'mustache';
import { isMailTemplate, isMustacheTemplate } from './mustache-template';

const compiles = (text: string): boolean => {
  const writer: { templateCache?: unknown } & InstanceType<typeof mustache.Writer> = new mustache.Writer();
  writer.templateCache = undefined;
  try {
    writer.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** The same numbers in each run (Park and Miller), so that a failed text can be looked at again. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const cases = [
  ...[
    '',
    'plain',
    '{{a}}',
    'a {{b.c}} d {{{e}}} f {{& g}}',
    '{{#a}}x{{/a}}',
    '{{^a}}\n{{/a}}',
    '{{! a comment {{ }}',
    '{{.}}',
  ],
  ...[
    '{{#a}}x',
    '{{/a}}',
    '{{#a}}{{/b}}',
    '{{a',
    '{{{a}}',
    '{{{a}} }',
    '{{ {a}}}',
    '{{ {a} }}',
    '{{}}',
    '{{#a}}{{#b}}{{/a}}{{/b}}',
  ],
  ...[
    '{{=<% %>=}}<%#a%>{{x<%/a%>',
    '{{=<% %>=}}<%#a%>',
    '{{= | =}}',
    '{{=a',
    '}}',
    '}} {{',
    '{ {a}}',
    '{{a}}}',
    '{{{a}}}}',
  ],
  ...[
    '{{#  a }}x{{/ a}}',
    '{{#a b}}{{/a  b}}',
    `{{${' '.repeat(30)}a${'\n'.repeat(30)}}}`,
    `{{{a${' '.repeat(30)}}}}`,
    '{{> x}}',
  ],
];

describe('mustache', () => {
  it.each(cases)('%j compiles as the library says', (text) => {
    expect(isMustacheTemplate(text)).toBe(compiles(text));
  });

  it('agrees with the library on texts of all sorts', () => {
    const random = numbers(7);
    const parts = [
      '{{',
      '}}',
      '{',
      '}',
      '{{#',
      '{{/',
      '{{^',
      '{{{',
      '}}}',
      '{{!',
      '{{&',
      '{{>',
      'a',
      'b',
      ' ',
      '\n',
      '=',
      '{{=',
      '=}}',
      '<%',
      '%>',
    ];
    for (let i = 0; i < 5_000; i += 1) {
      const text = Array.from(
        { length: 1 + Math.floor(random() * 12) },
        () => parts[Math.floor(random() * parts.length)],
      ).join('');
      expect([text, isMustacheTemplate(text)]).toEqual([text, compiles(text)]);
    }
  });

  it.each([
    ['{{firstName}}', true],
    ['{{#a}}{{b}}{{/a}}', true],
    ['{{#a}}', false],
    ['{{> x}}', false],
    ['{{#a}}{{^b}}{{>x}}{{/b}}{{/a}}', false],
    ['{{=<% %>=}}<%#a%><%> x%><%/a%>', false],
  ])('%j may be the template of a mail: %s', (text, expected) => {
    expect(isMailTemplate(text)).toBe(expected);
  });

  it.each([
    ['blanks in a tag', `{{ ${' '.repeat(400_000)}`],
    ['blanks in tags', `{{a${' '.repeat(500)}b}}`.repeat(800)],
    ['blanks under other delimiters', `{{=<% %>=}}<%a${' '.repeat(400_000)}`],
    ['nesting', `${'{{#a}}'.repeat(30_000)}${'{{/a}}'.repeat(30_000)}`],
  ])(
    'steps do not grow with the square of the length: %s',
    (_what, text) => {
      // Minutes, when they do.
      expect(typeof isMailTemplate(text)).toBe('boolean');
    },
    20_000,
  );
});
