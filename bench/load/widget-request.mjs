import { CUSTOM_FIELDS, EMAIL_DIGITS, PAGE_URL, SOURCE, personOf } from './people.mjs';

const DOCUMENT = `mutation addActionContact(
  $action: ActionInput!
  $contact: ContactInput!
  $privacy: ConsentInput!
  $contactRef: ID
  $actionPageId: Int!
  $tracking: TrackingInput
) {
  addActionContact(
    actionPageId: $actionPageId
    action: $action
    contact: $contact
    contactRef: $contactRef
    privacy: $privacy
    tracking: $tracking
  ) {
    contactRef
    firstName
  }
}
`;

/** What the petition widget sends when somebody signs (clients.md §5). */
export function widgetBody(pageId, person) {
  const { firstName, lastName, email, country, postcode } = person;
  return JSON.stringify({
    query: DOCUMENT,
    operationName: 'addActionContact',
    variables: {
      actionPageId: pageId,
      action: { actionType: 'petition', customFields: JSON.stringify(CUSTOM_FIELDS), testing: false },
      contact: { firstName, lastName, email, address: { country, postcode } },
      privacy: { optIn: true },
      tracking: { ...SOURCE, location: PAGE_URL },
    },
  });
}

/**
 * The whole HTTP request of a signature as a buffer, and where in it the digits of the email are: a load client writes another
 * number there instead of building a request each time.
 */
export function widgetRequest(port, pageId) {
  const person = personOf(0);
  const body = Buffer.from(widgetBody(pageId, person));
  const head = [
    'POST /api HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    'connection: keep-alive',
    'user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'accept: application/json',
    'accept-language: de,en;q=0.7',
    'accept-encoding: gzip, deflate, br',
    'content-type: application/json',
    `content-length: ${body.length}`,
    'origin: https://campaign.example.org',
    `referer: ${PAGE_URL}?utm_source=newsletter`,
    '',
    '',
  ].join('\r\n');
  const bytes = Buffer.concat([Buffer.from(head), body]);
  const digitsAt = bytes.indexOf('0'.repeat(EMAIL_DIGITS));
  return { bytes, digitsAt, digits: EMAIL_DIGITS, bodyBytes: body.length };
}
