import { MustacheRenderer } from './mustache-renderer';
import { renderMail, renderTargetText, withDebug } from './rendered-mail';

const renderer = new MustacheRenderer();

it('renders each part in its own way', () => {
  const template = { subject: '{{a}}\n!', html: '<p>{{a}}</p>', text: '{{a}}' };
  expect(renderMail(renderer, template, { kind: 'supporter', variables: { a: 'A & B' } })).toEqual({
    subject: 'A & B !',
    html: '<p>A &amp; B</p>',
    text: 'A & B',
  });
});

it('makes the text of the html where there is none', () => {
  const template = { subject: 's', html: '<p>Hello {{a}}</p><a href="{{l}}">Go</a>', text: null };
  const variables = { a: 'A & <B>', l: 'https://x.org/?a=1&b=2' };
  expect(renderMail(renderer, template, { kind: 'supporter', variables }).text).toBe(
    'Hello A & <B>\n\nGo <https://x.org/?a=1&b=2>',
  );
});

it('the text part sees the text of what is html in the html part', () => {
  const template = { subject: '{{subject}}', html: '{{{body}}}', text: '{{body}}' };
  const { subject, html, text } = renderTargetText(renderer, { subject: 'S', body: 'a & b\nc' }, {});
  const mail = renderMail(renderer, template, {
    kind: 'mtt',
    variables: { subject, body: html },
    plain: { body: text },
  });
  expect(mail).toEqual({ subject: 'S', html: '<p>a &amp; b</p><p>c</p>', text: 'a & b\nc' });
});

describe('debug', () => {
  const template = { subject: 's', html: '{{{debug}}}', text: '' };
  const debugOf = (kind: 'supporter' | 'mtt' | 'confirm' | 'user', variables: Record<string, unknown>) =>
    renderMail(renderer, template, { kind, variables }).html;

  it.each(['supporter', 'mtt'] as const)('shows the variables in tests: %s', (kind) => {
    expect(debugOf(kind, { test: true, a: '<b>' })).toBe(
      '<pre>{\n  &quot;test&quot;: true,\n  &quot;a&quot;: &quot;&lt;b&gt;&quot;\n}</pre>',
    );
  });

  it.each([
    ['supporter', {}],
    ['supporter', { test: false }],
    ['supporter', { test: 'true' }],
    ['supporter', { debug: 'of a form' }],
    ['mtt', { test: null }],
    ['confirm', { test: true }],
    ['user', { test: true }],
  ] as const)('and nothing otherwise: %s %j', (kind, variables) => {
    expect(debugOf(kind, { ...variables, secret: 'x' })).toBe('');
  });

  it('leaves the variables as they were', () => {
    const variables = { test: true, a: 1 };
    withDebug(variables, 'mtt');
    expect(variables).toEqual({ test: true, a: 1 });
  });
});

describe('a text for a target', () => {
  const target = { name: 'Ms <X>', fields: { salutation: 'Dear Ms X' } };
  const rendered = (subject: string, body: string) => renderTargetText(renderer, { subject, body }, target);

  it('has the target filled in, and is html by paragraphs', () => {
    expect(
      rendered('To {{target.name}}', '{{target.fields.salutation}},\n<b>please</b>\r\nact. {{target.name}}'),
    ).toEqual({
      subject: 'To Ms <X>',
      html: '<p>Dear Ms X,</p><p>&lt;b&gt;please&lt;/b&gt;</p><p>act. Ms &lt;X&gt;</p>',
      text: 'Dear Ms X,\n<b>please</b>\r\nact. Ms <X>',
    });
  });

  it('knows of nothing but the target', () => {
    expect(rendered('{{email}}', '[{{firstName}}{{name}}]')).toMatchObject({ subject: '', text: '[]' });
  });

  it('stands as it was written where it is no mustache', () => {
    expect(rendered('{{#x}}', 'I {{love this & <all>')).toEqual({
      subject: '{{#x}}',
      html: '<p>I {{love this &amp; &lt;all&gt;</p>',
      text: 'I {{love this & <all>',
    });
  });
});
