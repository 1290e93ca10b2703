/** Mustache: every value in two braces is escaped. */
export const layoutTemplate = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>{{#hasProblems}}Error: {{/hasProblems}}{{title}} · Groundswell</title>
    <link rel="stylesheet" href="{{stylePath}}">
    <link rel="icon" type="image/svg+xml" href="{{iconPath}}">
  </head>
  <body>
    <a class="skip" href="#main">Skip to content</a>
    <header class="bar">
      <a class="brand" href="/">Groundswell</a>
      <nav aria-label="Account">
        <ul>
          {{#email}}
          <li class="who">{{email}}</li>
          <li><a href="/users/settings">Settings</a></li>
          <li>
            <form method="post" action="/users/log_out">
              <input type="hidden" name="_csrf_token" value="{{csrfToken}}">
              <input type="hidden" name="_method" value="delete">
              <button class="link" type="submit">Log out</button>
            </form>
          </li>
          {{/email}}
          {{^email}}
          <li><a href="/users/register">Register</a></li>
          <li><a href="/users/log_in">Log in</a></li>
          {{/email}}
          {{#ssoUrl}}<li><a href="{{ssoUrl}}">Single Sign On</a></li>{{/ssoUrl}}
        </ul>
      </nav>
    </header>
    <main id="main" tabindex="-1">
      {{#flashes}}
      <p class="flash {{kind}}" role="{{role}}">{{text}}</p>
      {{/flashes}}
      <h1>{{title}}</h1>
      {{#lead}}<p class="lead">{{lead}}</p>{{/lead}}
      {{#forms}}{{> form}}{{/forms}}
      {{#hasLinks}}
      <ul class="ways">
        {{#links}}<li><a href="{{href}}"{{#isMain}} class="button"{{/isMain}}>{{text}}</a></li>{{/links}}
      </ul>
      {{/hasLinks}}
    </main>
    <footer><p>Groundswell runs campaigns for movements.</p></footer>
  </body>
</html>
`;
