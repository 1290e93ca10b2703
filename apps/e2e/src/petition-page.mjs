/**
 * Runs in the browser: a petition on somebody's page, which asks the API as the published widget does, request for request
 * (address, headers, referrer policy, documents, variables), and reads answers the way it reads them.
 */
/* global document, location */
const { api, actionPage: pageText } = document.body.dataset;
const actionPage = Number(pageText);
const byId = (id) => document.getElementById(id);

const documents = {
  getCount: 'query getCount($actionPage: Int!){actionPage(id:$actionPage) { campaign { stats { supporterCount } }}}',
  addAction: `mutation addAction (
  $contact: ID!,
  $actionPage: Int!,
  $actionType: String!,
  $payload: Json,
  $tracking: TrackingInput)
{
  addAction (actionPageId: $actionPage, action: { actionType: $actionType, customFields: $payload}
    contactRef: $contact, tracking: $tracking)
  {contactRef}
}`,
  addActionContact: `mutation addActionContact(
  $action: ActionInput!,
  $contact:ContactInput!,
  $privacy:ConsentInput!,
  $contactRef:ID,
  $actionPage:Int!,
  $tracking:TrackingInput
){
  addActionContact(
    actionPageId: $actionPage,
    action: $action,
    contactRef:$contactRef,
    contact:$contact,
    privacy:$privacy,
    tracking:$tracking
  ){contactRef,firstName}
  }
`,
};

/** Anything but a 2xx is without a body to the widget. */
const bodyOf = (response) =>
  response.ok ? response.json() : { errors: [{ message: response.statusText, status: response.status }] };

const post = async (document, variables, { operationName = document, authorization } = {}) =>
  bodyOf(
    await fetch(`${api}?id=${variables.actionPage}`, {
      method: 'POST',
      referrerPolicy: 'no-referrer-when-downgrade',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        ...(authorization && { Authorization: authorization }),
      },
      body: JSON.stringify({ query: documents[document], variables, operationName, extensions: undefined }),
    }),
  );

async function count() {
  const variables = encodeURIComponent(`{"actionPage":${actionPage}}`);
  const response = await fetch(`${api}?query=${encodeURIComponent(documents.getCount)}&variables=${variables}`);
  const { data } = await bodyOf(response);
  return data?.actionPage?.campaign.stats.supporterCount ?? null;
}

function freshReference() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

const utm = (name) => new URLSearchParams(location.search).get(`utm_${name}`) ?? '';
const tracking = () => ({
  ...{ source: utm('source'), medium: utm('medium'), campaign: utm('campaign') },
  location: location.origin + location.pathname,
});

/** Who the visitor is: a reference made here until a signature is answered with another. */
let uuid = null;

async function act(actionType, payload, options) {
  uuid ??= freshReference();
  const variables = { actionPage, actionType, payload: JSON.stringify(payload), contact: uuid, tracking: tracking() };
  return post('addAction', variables, options);
}

/** What the API has no field for goes along as custom fields. */
async function sign(actionType, { firstName, lastName, email, phone, country, postcode, street, ...others }, donation) {
  const custom = Object.fromEntries(Object.entries(others).filter(([, value]) => value));
  const answer = await post('addActionContact', {
    actionPage,
    action: { actionType, customFields: JSON.stringify(custom), donation },
    contact: { firstName, lastName, email, phone, address: { country, postcode, street } },
    // Nobody was asked.
    privacy: {},
    contactRef: uuid ?? undefined,
    tracking: tracking(),
  });
  if (answer.data) uuid = answer.data.addActionContact.contactRef;
  return answer;
}

const frequencies = { daily: 'DAY', monthly: 'MONTHLY', oneoff: 'ONE_OFF', yearly: 'YEARLY' };
const donate = ({ amount, frequency, ...contact }) =>
  sign('donate', contact, {
    amount: Number(amount) * 100,
    currency: 'EUR',
    frequencyUnit: frequencies[frequency],
    payload: JSON.stringify({ provider: 'sepa', iban: 'DE02' }),
  });

/** The last element of a path names the field; of a text with one colon only what follows is shown. */
function showErrors(form, errors) {
  for (const note of document.querySelectorAll('[data-note]')) note.remove();
  for (const { message, path } of errors) {
    const field = path?.at(-1)?.replace(/_[a-z]/gi, (match) => match[1].toUpperCase());
    const parts = message.split(':');
    const note = document.createElement('span');
    note.dataset.note = field ?? '';
    note.setAttribute('role', 'alert');
    note.textContent = parts.length === 2 ? parts[1] : message;
    (form.elements.namedItem(field)?.parentElement ?? form).append(note);
  }
}

const say = (text) => (byId('said').textContent = text);

function onSubmit(form, send, thanks) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    say('');
    const { data, errors } = await send(Object.fromEntries(new FormData(form)));
    showErrors(form, errors ?? []);
    say(data ? thanks(data.addActionContact) : 'Not sent');
  });
}

onSubmit(
  byId('petition'),
  (fields) => sign('register', fields),
  ({ firstName }) => `Thank you, ${firstName}`,
);
onSubmit(byId('donation'), donate, ({ firstName }) => `Thank you for your gift, ${firstName}`);
byId('share').addEventListener('click', async () => {
  say('');
  const { data } = await act('share', { medium: 'link' });
  say(data ? `Shared as ${data.addAction.contactRef}` : 'Not shared');
});

const arrived = new URLSearchParams(location.search);
if (arrived.get('proca_confirm') === 'accept') say('Your signature is confirmed');
if (arrived.get('proca_doi') === '1') byId('opted-in').textContent = 'You are subscribed';

/** For asking what no button asks. */
globalThis.petition = { act, post, reference: () => uuid };
byId('count').textContent = `${await count()} have signed`;
