/** What a provider says about one code. */
export type Verification =
  | {
      isSolved: true;
      /** How the person solved it (`image`, `audio`); null when the provider does not say. */
      method: string | null;
    }
  | { isSolved: false; /** For the person who signs. */ reason: string };

export interface CaptchaProvider {
  /** Never throws for what the provider does, or fails to do: that is a refusal. */
  verify(code: string): Promise<Verification>;
}

export const refused = (reason: string): Verification => ({ isSolved: false, reason });
