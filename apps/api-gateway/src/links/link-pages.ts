import { html, pageAnswer, type LinkAnswer } from './link-answer';
import type { Verb } from './link-request';

interface Wording {
  title: string;
  text: string;
  button: string;
}

const wording: Record<Verb, Wording> = {
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

const moderationWording: Record<Verb, Wording> = {
  accept: {
    title: 'Accept this action',
    text: 'It will be counted and delivered.',
    button: 'Accept',
  },
  reject: {
    title: 'Reject this action',
    text: 'It will neither be counted nor delivered.',
    button: 'Reject',
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
export const confirmPage = ({ verb, redirectOrigin, ...page }: ConfirmPageOptions): LinkAnswer =>
  buttonPage({
    ...page,
    ...wording[verb],
    formOrigins: redirectOrigin !== null && plainOrigin.test(redirectOrigin) ? [redirectOrigin] : [],
  });

/** The same for a moderator, whom it leads nowhere else. */
export const moderationPage = ({ verb, ...page }: Omit<ConfirmPageOptions, 'redirectOrigin'>): LinkAnswer =>
  buttonPage({ ...page, ...moderationWording[verb], formOrigins: [] });

interface ButtonPage extends Wording {
  campaignTitle: string;
  action: string;
  formOrigins: string[];
}

const buttonPage = ({ title, text, button, campaignTitle, action, formOrigins }: ButtonPage): LinkAnswer =>
  pageAnswer({
    language: 'en',
    title: `${title}: ${campaignTitle}`,
    formOrigins,
    main: html`<h1>${title}</h1>
      <p><strong>${campaignTitle}</strong></p>
      <p>${text}</p>
      <form method="post" action="${action}"><button type="submit">${button}</button></form>`,
  });

/** With the button that unsubscribes. `action`: path of the link itself. */
export const unsubscribePage = (action: string): LinkAnswer =>
  pageAnswer({
    language: 'en',
    title: 'Unsubscribe',
    main: html`<h1>Unsubscribe</h1>
      <p>You will get no more emails from this campaign. What you signed stays signed.</p>
      <form method="post" action="${action}"><button type="submit">Unsubscribe</button></form>`,
  });

export const unsubscribedPage = (): LinkAnswer =>
  pageAnswer({
    language: 'en',
    title: 'Unsubscribed',
    main: html`<h1>Unsubscribed</h1>
      <p>You will get no more emails from this campaign.</p>`,
  });

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
