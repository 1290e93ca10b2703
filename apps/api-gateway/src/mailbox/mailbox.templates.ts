/** Mustache: every value in two braces is escaped. No text of a mail is ever part of a template. */
export const mailboxLayout = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>{{title}} · Mailbox · Groundswell</title>
    <link rel="stylesheet" href="{{stylePath}}">
    <link rel="icon" href="data:,">
  </head>
  <body>
    <a class="skip" href="#main">Skip to content</a>
    <header class="bar">
      <a class="brand" href="/mailbox">Mailbox</a>
      <p class="who">Mails that were kept here instead of sent</p>
    </header>
    <main id="main" tabindex="-1">
      <h1>{{title}}</h1>
      {{> content}}
    </main>
    <footer><p>Groundswell runs campaigns for movements.</p></footer>
  </body>
</html>
`;

export const listTemplate = `
{{^hasMails}}<p class="lead">No mails here.</p>{{/hasMails}}
{{#hasMails}}
<div class="scroll" role="region" aria-labelledby="caption" tabindex="0">
  <table>
    <caption id="caption">Newest first. Times are UTC.</caption>
    <thead>
      <tr><th scope="col">Subject</th><th scope="col">To</th><th scope="col">From</th><th scope="col">Kept at</th></tr>
    </thead>
    <tbody>
      {{#mails}}
      <tr>
        <td class="subject"><a href="/mailbox/{{id}}">{{subject}}</a></td>
        {{#people}}<td class="who-cell">{{#name}}{{name}}<br>{{/name}}<span class="address">{{address}}</span></td>{{/people}}
        <td class="when"><time datetime="{{at}}">{{when}}</time></td>
      </tr>
      {{/mails}}
    </tbody>
  </table>
</div>
{{/hasMails}}
{{#hasPages}}
<nav aria-label="Pages">
  <ul>
    {{#newest}}<li><a href="/mailbox">Newest</a></li>{{/newest}}
    {{#newer}}<li><a href="/mailbox?after={{newer}}" rel="prev">Newer</a></li>{{/newer}}
    {{#older}}<li><a href="/mailbox?before={{older}}" rel="next">Older</a></li>{{/older}}
  </ul>
</nav>
{{/hasPages}}
`;

export const mailTemplate = `
<dl class="mail">
  <dt>From</dt><dd>{{from}}</dd>
  <dt>To</dt><dd>{{to}}</dd>
  <dt>Kept at</dt><dd><time datetime="{{at}}">{{when}}</time> UTC</dd>
  <dt>Message-ID</dt><dd>{{messageId}}</dd>
  {{#headers}}
  <dt>{{name}}</dt><dd>{{value}}</dd>
  {{/headers}}
</dl>
<nav class="parts" aria-label="Parts of the mail">
  <ul>
    {{#parts}}<li><a href="{{href}}"{{#isCurrent}} aria-current="page"{{/isCurrent}}>{{label}}</a></li>{{/parts}}
  </ul>
</nav>
{{^isWhole}}<p class="flash error">This is only the beginning: the mail is too long to be shown.</p>{{/isWhole}}
{{#frame}}<iframe src="{{frame}}" title="The mail as html" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>{{/frame}}
{{^frame}}<pre>{{#pieces}}{{#href}}<a href="{{href}}" target="_blank" rel="noopener noreferrer">{{text}}</a>{{/href}}{{^href}}{{text}}{{/href}}{{/pieces}}</pre>{{/frame}}
`;

export const troubleTemplate = `
<p class="lead">{{lead}}</p>
<ul class="ways"><li><a href="/mailbox">To the mailbox</a></li></ul>
`;
