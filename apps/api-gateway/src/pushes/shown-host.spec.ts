import { shownHost } from './shown-host';

it.each([
  ['https://crm.example.org/hooks/T0/B0/secret?token=secret#secret', 'crm.example.org'],
  ['https://crm.example.org:8443', 'crm.example.org:8443'],
  ['https://harald:pass@word@crm.example.org/x', 'crm.example.org'],
  ['HTTPS://CRM.example.org?token=secret', 'CRM.example.org'],
  ['crm.example.org/secret', 'crm.example.org'],
  ['crm.example.org:8443/secret', 'crm.example.org:8443'],
  ['https://{{campaignId}}.example.org/{{actionId}}', '{{campaignId}}.example.org'],
  ['eu-west-1', 'eu-west-1'],
  [' ', null],
  ['', null],
  ['https:///secret', null],
])('shows %s as %s', (host, shown) => {
  expect(shownHost(host)).toBe(shown);
});
