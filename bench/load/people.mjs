const FIRST_NAMES = ['Anna', 'Harald', 'Zofia', 'Luís', 'Siobhán', 'Jürgen', 'Marie', 'Katarzyna', 'Paolo', 'Noor'];
const LAST_NAMES = ['Nowak', 'Bower', 'Müller', 'García', "O'Neill", 'Dubois', 'Rossi', 'Kowalska', 'Jansen', 'Novák'];
const COUNTRIES = ['PL', 'DE', 'FR', 'ES', 'IT', 'NL', 'IE', 'PT', 'AT', 'CZ'];

const pick = (list, number) => list[number % list.length];
export const EMAIL_DIGITS = 9;

/** Person number n: always the same one, with an email nobody else has. Lengths stay close together, as bytes are compared. */
export function personOf(number) {
  return {
    firstName: pick(FIRST_NAMES, number),
    lastName: pick(LAST_NAMES, Math.floor(number / 10)),
    email: `supporter.${String(number).padStart(EMAIL_DIGITS, '0')}@example.org`,
    country: pick(COUNTRIES, Math.floor(number / 100)),
    postcode: `${10 + (number % 90)}-${100 + (number % 900)}`,
  };
}

/** What the form of a petition widget sends along besides the contact. */
export const CUSTOM_FIELDS = { comment: 'Because it is time, and because we can.', emailProvider: 'example.org' };
export const SOURCE = { source: 'newsletter', medium: 'email', campaign: 'autumn', content: 'button-2' };
export const PAGE_URL = 'https://campaign.example.org/sign/now';
