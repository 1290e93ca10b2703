import { html, pageAnswer, type LinkAnswer } from './link-answer';
import type { Verb } from './link-request';

const wording: Record<Verb, { title: string; text: string; button: string }> = {
  accept: {
    title: 'Confirm your signature',
    text: 'One step is left: please confirm that you want to take part.',
    button: 'Yes, I confirm',
  },
  reject: {
    title: 'Withdraw your signature',
    text: 'Your signature will not be counted and your data will not be passed on.',
    button: 'Withdraw my signature',
  },
};

/** Origins that can stand in a policy: a host name may hold a semicolon, which would start another directive. */
const plainOrigin = /^(?:https?|wss?):\/\/[a-z0-9.:[\]-]+$/;

export interface ConfirmPageOptions {
  verb: Verb;
  campaignTitle: string;
  /** Path and query of the link itself. */
  action: string;
  /** Origin the link redirects to afterwards, if any. */
  redirectOrigin: string | null;
}

/** The page with one button that stands between a mail scanner and a decision. */
export const confirmPage = ({ verb, campaignTitle, action, redirectOrigin }: ConfirmPageOptions): LinkAnswer => {
  const { title, text, button } = wording[verb];
  return pageAnswer({
    language: 'en',
    title: `${title}: ${campaignTitle}`,
    formOrigins: redirectOrigin !== null && plainOrigin.test(redirectOrigin) ? [redirectOrigin] : [],
    main: html`<h1>${title}</h1>
      <p><strong>${campaignTitle}</strong></p>
      <p>${text}</p>
      <form method="post" action="${action}"><button type="submit">${button}</button></form>`,
  });
};

const retryAfterSeconds = 10;

/** Nothing was decided: the state cannot be read, or the decision cannot be made durable. */
export const retryPage = (): LinkAnswer =>
  pageAnswer({
    status: 503,
    language: 'en',
    title: 'Please try again',
    headers: { 'retry-after': String(retryAfterSeconds) },
    main: html`<h1>Please try again</h1>
      <p>We cannot answer just now. Nothing is lost: please open the link from your email again in a minute.</p>`,
  });
