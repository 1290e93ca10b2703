export const formTemplate = `
<section class="card"{{#heading}} aria-labelledby="{{id}}-heading"{{/heading}}>
  {{#heading}}<h2 id="{{id}}-heading">{{heading}}</h2>{{/heading}}
  {{#hasProblems}}
  <div class="summary" role="alert" aria-labelledby="{{id}}-problems">
    <h2 id="{{id}}-problems">Please check what you entered</h2>
    <ul>
      {{#problem}}<li>{{problem}}</li>{{/problem}}
      {{#allProblems}}<li><a href="#{{id}}">{{label}}: {{message}}</a></li>{{/allProblems}}
    </ul>
  </div>
  {{/hasProblems}}
  <form method="post" action="{{action}}" id="{{id}}" novalidate>
    <input type="hidden" name="_csrf_token" value="{{csrfToken}}">
    {{#method}}<input type="hidden" name="_method" value="{{method}}">{{/method}}
    {{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">{{/hidden}}
    {{#username}}<input type="text" autocomplete="username" value="{{username}}" aria-label="Account" readonly hidden>{{/username}}
    {{#fields}}
    {{#isCheckbox}}
    <div class="choice">
      <input type="checkbox" id="{{id}}" name="{{name}}" value="true"{{#isChecked}} checked{{/isChecked}}>
      <label for="{{id}}">{{label}}</label>
    </div>
    {{/isCheckbox}}
    {{^isCheckbox}}
    <div class="field{{#isWrong}} wrong{{/isWrong}}">
      <label for="{{id}}">{{label}}</label>
      {{#hint}}<p class="hint" id="{{id}}-hint">{{hint}}</p>{{/hint}}
      {{#isWrong}}<ul class="problems" id="{{id}}-problems">{{#problems}}<li>{{.}}</li>{{/problems}}</ul>{{/isWrong}}
      <input type="{{type}}" id="{{id}}" name="{{name}}" value="{{value}}" required{{#autocomplete}} autocomplete="{{autocomplete}}"{{/autocomplete}}{{#isWrong}} aria-invalid="true"{{/isWrong}}{{#describedBy}} aria-describedby="{{describedBy}}"{{/describedBy}}>
    </div>
    {{/isCheckbox}}
    {{/fields}}
    <button type="submit">{{button}}</button>
  </form>
</section>
`;
