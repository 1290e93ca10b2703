import { camelName } from './camel-name';

it.each([
  ['first_name', 'firstName'],
  ['street__number', 'streetNumber'],
  ['thank_you_template', 'thankYouTemplate'],
  ['firstName', 'firstName'],
  ['__typename', '__typename'],
  ['_private_name', '_privateName'],
  ['name_', 'name_'],
  ['line_2', 'line2'],
])('writes %s as %s', (name, camel) => {
  expect(camelName(name)).toBe(camel);
});
