import { refused, type CaptchaProvider, type Verification } from './captcha-provider';
import { postForm } from './post-form';

/** What the service calls it, and what people read. */
const reasons: ReadonlyMap<unknown, string> = new Map([
  ['expired', 'captcha: challenge expired'],
  ['already-used', 'captcha: challenge already solved'],
  ['invalid', 'captcha: challenge solution invalid'],
]);
const otherReason = 'captcha: challenge solution validation error';

/** The image and audio captcha of our own widget. */
export class ProcaptchaProvider implements CaptchaProvider {
  constructor(private readonly url: string) {}

  async verify(code: string): Promise<Verification> {
    const answer = await postForm(this.url, { response: code });
    if (typeof answer === 'string') return refused('Procaptcha HTTP error');
    const { status, body } = answer;
    if (status !== 200) return refused(`Procaptcha returned status ${status}`);
    if (body?.['success'] !== true) return refused(reasons.get(body?.['reason']) ?? otherReason);
    return { isSolved: true, method: typeof body['method'] === 'string' ? body['method'] : null };
  }
}
