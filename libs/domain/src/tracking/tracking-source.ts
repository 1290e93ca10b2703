import { strippedWebUrl } from '../links/web-url';
import { toStorableText } from '../validation/storable-text';
import { cutText } from '../validation/text-rule';

export interface TrackingInput {
  source?: string | null;
  medium?: string | null;
  campaign?: string | null;
  content?: string | null;
  location?: string | null;
}

/** As stored: found or inserted by all five values. */
export interface TrackingSource {
  source: string;
  medium: string;
  campaign: string;
  content: string;
  location: string;
}

const maxLength = 255;

const stored = (value: string | null | undefined, otherwise: string): string =>
  value ? cutText(toStorableText(value), maxLength) || otherwise : otherwise;

/** The page the action came from. What the widget says counts only within what the browser says. */
function locationOf(location: string | null | undefined, referer: string | null | undefined): string {
  const seen = referer ? strippedWebUrl(referer) : null;
  if (seen === null) return '';
  const told = location ? strippedWebUrl(location) : null;
  return told !== null && told.startsWith(seen) ? told : seen;
}

/** Null when there is neither tracking nor a referer. Nothing in it can fail an action: a bad location is left out. */
export function trackingSource(
  input: TrackingInput | null | undefined,
  referer: string | null | undefined,
): TrackingSource | null {
  if (!input && !referer) return null;
  return {
    source: stored(input?.source, 'unknown'),
    medium: stored(input?.medium, 'unknown'),
    campaign: stored(input?.campaign, 'unknown'),
    content: stored(input?.content, ''),
    location: stored(locationOf(input?.location, referer), ''),
  };
}
