import { htmlToText } from './html-to-text';

it.each([
  ['paragraphs', '<p>One</p><p>Two</p>', 'One\n\nTwo'],
  ['breaks', 'One<br>Two<br/>Three', 'One\nTwo\nThree'],
  ['blanks and newlines are one blank', '<p>One \n\t two</p>', 'One two'],
  [
    'divs and rows end lines, without empty ones',
    '<div><div>One</div></div><table><tr><td>Two</td><td>3</td></tr></table>',
    'One\nTwo 3',
  ],
  ['headings', '<h1>One</h1>Two', 'One\n\nTwo'],
  ['lists', '<ul><li>One</li><li>Two</li></ul>End', '- One\n\n- Two\n\nEnd'],
  [
    'links with their address',
    '<a href="https://x.org/?a=1&amp;b=2">Sign</a> now',
    'Sign <https://x.org/?a=1&b=2> now',
  ],
  ['links that are their address', '<a href="https://x.org">https://x.org</a>', 'https://x.org'],
  ['links with blanks around', "<a\n class='b' href = 'https://x.org' >\n<b>Sign</b>\n</a>!", 'Sign <https://x.org>!'],
  [
    'links on pictures',
    '<a href="https://x.org"><img src="a.png" alt="Sign &amp; send"></a>',
    'Sign & send <https://x.org>',
  ],
  ['links without words', '<a href="https://x.org"><img src="a.png"></a>', 'https://x.org'],
  ['mail addresses once', '<a href="mailto:a@x.org">a@x.org</a>', 'a@x.org'],
  ['no links within the mail, nor scripts', '<a href="#top">Top</a> <a href="javascript:x()">No</a>', 'Top No'],
  ['a link never closed', '<a href="https://x.org">Sign', 'Sign <https://x.org>'],
  [
    'entities',
    '&lt;b&gt; &amp;amp; &quot;x&quot; &#39;y&#x27; caf&#233; &nbsp; &unknown; &#0;&#xd800;',
    '<b> &amp; "x" \'y\' café &unknown;',
  ],
  ['styles, scripts and heads', '<head><title>T</title></head><STYLE>a<b</STYLE>x<script>"</p>"</script>y', 'xy'],
  ['comments', 'a<!-- <p>b</p> -->c<!--[if mso]><td>d</td><![endif]-->e', 'ace'],
  ['what is hidden', '<div style="display: none;">Preview<div>x</div></div>Text', 'Text'],
  ['a hidden picture hides only itself', '<img style="display:none" alt="x">Text', 'Text'],
  ['signs that begin no tag', '1 < 2 <3 a<b', '1 < 2 <3 a'],
  ['a quoted end of tag', '<p title="a>b">x</p>', 'x'],
  ['a comment never closed', 'x<!-- y', 'x'],
  ['a tag never closed', 'x<p y', 'x'],
  ['nothing', '', ''],
])('%s', (_what, html, expected) => {
  expect(htmlToText(html)).toBe(expected);
});

it.each([
  ['open signs', '<'.repeat(300_000)],
  ['comments never closed', '<!--'.repeat(100_000)],
  ['tags never closed', '<a '.repeat(100_000)],
  ['quotes never closed', '<a href="'.repeat(50_000)],
  ['links in links', '<a href="https://x.org">'.repeat(20_000)],
  ['hidden in hidden', '<div style="display:none">'.repeat(20_000)],
  ['styles never closed', '<style>'.repeat(50_000)],
  ['blanks', ' \n'.repeat(200_000)],
  ['blanks in a tag', `<a ${' '.repeat(200_000)}>`],
  ['entities never closed', '&#'.repeat(200_000)],
])(
  'steps do not grow with the square of the length: %s',
  (_what, html) => {
    // Minutes, when they do.
    expect(typeof htmlToText(html)).toBe('string');
  },
  10_000,
);
