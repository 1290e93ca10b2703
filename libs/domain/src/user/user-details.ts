import { namePattern, phoneRule } from '../contact/clean-contact';
import { strippedWebUrl } from '../links/web-url';
import { blankError, formatError, tooLongError } from '../validation/messages';
import { isLongerThan } from '../validation/text-rule';

const maxAccountEmailLength = 160;
const maxDetailLength = 255;
const accountEmail = /^\S+@\S+$/;
const imageFile = /\.(?:apng|avif|bmp|gif|heic|ico|jpe?g|png|svg|tiff?|webp)$/i;

/** Each answers the text of the violated rule, or null. */
function check(text: string, pattern: RegExp, maxLength: number): string | null {
  if (isLongerThan(text, maxLength)) return tooLongError(maxLength);
  return pattern.test(text) ? null : formatError;
}

/** Wider than the rule for supporters: whatever an account may have. */
export const checkAccountEmail = (email: string): string | null =>
  email === '' ? blankError : check(email, accountEmail, maxAccountEmailLength);

export const checkJobTitle = (title: string): string | null => check(title, namePattern, maxDetailLength);
export const checkPhone = (phone: string): string | null =>
  check(phone, phoneRule.pattern, phoneRule.maxLength ?? maxDetailLength);

/** A web address whose file is an image by its name. */
export function checkPictureUrl(url: string): string | null {
  if (isLongerThan(url, maxDetailLength)) return tooLongError(maxDetailLength);
  const stripped = URL.canParse(url) ? strippedWebUrl(url) : null;
  return stripped !== null && imageFile.test(stripped) ? null : 'URL is invalid';
}
