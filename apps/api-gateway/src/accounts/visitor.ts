/** Who fills in a form, as far as limits and mails need it. */
export interface Visitor {
  /** Network address. */
  address: string;
  /** Preferred language, such as `de`. */
  locale: string;
}
