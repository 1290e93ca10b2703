import { readdirSync } from 'node:fs';
import mustache from 'mustache';
import { waitFor } from '@groundswell/testing';
import { defaultMjmlLimits, MjmlCompiler, type MjmlLimits } from '../../src/templates/mjml-compiler';

const compilers: MjmlCompiler[] = [];
afterEach(() => Promise.all(compilers.splice(0).map((compiler) => compiler.onApplicationShutdown())));

const compilerWith = (limits: Partial<MjmlLimits> = {}): MjmlCompiler => {
  const compiler = new MjmlCompiler({ ...defaultMjmlLimits, ...limits });
  compilers.push(compiler);
  return compiler;
};
const mjml = (content: string, head = ''): string =>
  `<mjml><mj-head>${head}</mj-head><mj-body><mj-section><mj-column>${content}</mj-column></mj-section></mj-body></mjml>`;
const sound = mjml('<mj-text>Hello {{firstName}}</mj-text>');
/** Its selector looks at each choice of seven of 300 siblings. */
const endless = mjml(
  `<mj-text>${'<i>x</i>'.repeat(300)}</mj-text>`,
  '<mj-style inline="inline">.z~i~i~i~i~i~i{color:red}</mj-style>',
);
/** Nine thousand times sixty thousand letters. */
const hungry = mjml(
  `<mj-text>${'<i></i>'.repeat(9_000)}</mj-text>`,
  `<mj-style inline="inline">i{background:url(data:,${'x'.repeat(60_000)})}</mj-style>`,
);
const threads = (): number => readdirSync('/proc/self/task').length;
const megabytes = (): string => (process.memoryUsage().rss / 1e6).toFixed(0);

it('leaves the mustache as it was', async () => {
  const source = mjml(
    `<mj-text>{{firstName}} {{{raw}}} {{& raw}} {{! nothing }}{{#isDupe}}again{{/isDupe}}{{^isDupe}}first{{/isDupe}}</mj-text>
     <mj-button href="{{confirmLink}}?a=1&amp;b={{ref}}">Confirm</mj-button>
     <mj-raw>{{#fields}}</mj-raw><mj-text>{{target.name}} {{.}}</mj-text><mj-raw>{{/fields}}</mj-raw>`,
  );
  const { html, faults } = await compilerWith().compile(source);
  expect(faults).toEqual([]);
  const view = { firstName: '<Ada>', raw: '<b>', ref: 'R', confirmLink: 'https://a.org/c', fields: ['one', 'two'] };
  const mail = mustache.render(html, { ...view, target: { name: 'Minister' } });
  expect(mail).toContain('&lt;Ada&gt; <b> <b> first');
  expect(mail).toMatch(/href="https:&#x2F;&#x2F;a.org&#x2F;c\?a=1&amp;b=R"/);
  expect(mail.match(/Minister (one|two)/g)).toEqual(['Minister one', 'Minister two']);
  expect(mail).not.toContain('{{');
});

it('links no fonts of others, who would see every reader', async () => {
  const { html } = await compilerWith().compile(
    mjml('<mj-text font-family="Roboto, Open Sans, Arial">Hello</mj-text>'),
  );
  expect(html).toContain('Roboto');
  expect(html).not.toMatch(/<link|@import|googleapis/);
});

it('gives up a source that takes too long, holds nobody else up meanwhile, and takes the next', async () => {
  const compiler = compilerWith({ compileMs: 8_000 });
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 50);
  const [given, next] = await Promise.all([compiler.compile(endless), compiler.compile(sound)]);
  clearInterval(ticking);
  expect(given).toEqual({ html: '', faults: [{ line: null, message: 'cannot be compiled' }] });
  expect(next.html).toContain('Hello {{firstName}}');
  // Compiled on this thread it would have left no turn to others.
  expect(turns).toBeGreaterThan(10);
});

it('survives a source that takes all memory, and takes the next', async () => {
  const compiler = compilerWith();
  expect(await compiler.compile(hungry)).toEqual({ html: '', faults: [{ line: null, message: 'cannot be compiled' }] });
  expect((await compiler.compile(sound)).html).toContain('Hello {{firstName}}');
});

it('refuses a source that makes too much html', async () => {
  const source = `<mjml><mj-body>${'<mj-hero></mj-hero>'.repeat(3_000)}</mj-body></mjml>`;
  expect(await compilerWith().compile(source)).toEqual({
    html: '',
    faults: [{ line: null, message: 'makes too much html' }],
  });
});

it('says no at once where too many wait', async () => {
  const compiler = compilerWith({ maxWaiting: 0 });
  const first = compiler.compile(sound);
  await expect(compiler.compile(sound)).rejects.toMatchObject({ code: 'unavailable' });
  expect((await first).faults).toEqual([]);
  expect((await compiler.compile(sound)).faults).toEqual([]);
});

it('is gone when it was not used for a while', async () => {
  const compiler = compilerWith({ idleMs: 200 });
  await compiler.compile(sound);
  const busy = threads();
  const figures = [megabytes()];
  await waitFor(() => threads() < busy);
  figures.push(megabytes());
  process.stderr.write(`RSS with the mjml thread ${figures[0]} MB, after it ${figures[1]} MB\n`);
  expect((await compiler.compile(sound)).faults).toEqual([]);
});
