import { refused, type CaptchaProvider, type Verification } from './captcha-provider';
import { postForm } from './post-form';

/** hCaptcha's siteverify call. */
export class HcaptchaProvider implements CaptchaProvider {
  constructor(private readonly settings: { secret: string; url: string }) {}

  async verify(code: string): Promise<Verification> {
    const { secret, url } = this.settings;
    const answer = await postForm(url, { secret, response: code });
    if (typeof answer === 'string') return invalid([answer]);
    if (answer.body?.['success'] === true) return { isSolved: true, method: null };
    return invalid(errorCodes(answer.body?.['error-codes'], answer.status));
  }
}

const invalid = (codes: readonly string[]): Verification => refused(`Captcha code invalid (${codes.join(', ')})`);

const errorCodes = (given: unknown, status: number): string[] => {
  const codes = Array.isArray(given) ? given.filter((code) => typeof code === 'string') : [];
  if (codes.length > 0) return codes;
  return [status === 200 ? 'unknown-error' : `status-${status}`];
};
