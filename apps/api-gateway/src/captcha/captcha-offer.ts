/** What a request says in its `extensions` (graphql-api.md §1.9). */
export interface CaptchaOffer {
  /** The solution, as the provider's widget gave it. */
  code: string;
  /** `captcha_service`; null: the instance's own. */
  service: string | null;
}
