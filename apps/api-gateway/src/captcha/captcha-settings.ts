export const captchaServices = ['procaptcha', 'hcaptcha'] as const;
export type CaptchaService = (typeof captchaServices)[number];

/** What the gateway is configured with. */
export interface CaptchaSettings {
  /** Every contact needs a captcha: CAPTCHA_REQUIRED, and always on an ECI instance. */
  isRequired: boolean;
  /** CAPTCHA_SERVICE: used when the request names none. */
  defaultService: CaptchaService;
  /** HCAPTCHA_KEY and HCAPTCHA_URL. */
  hcaptcha: { secret: string; url: string } | null;
  /** PROCAPTCHA_URL. */
  procaptchaUrl: string | null;
}

/** A gateway that was told nothing about captchas. */
export const withoutCaptcha: CaptchaSettings = {
  isRequired: false,
  defaultService: 'procaptcha',
  hcaptcha: null,
  procaptchaUrl: null,
};
