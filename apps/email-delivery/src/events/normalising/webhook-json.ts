type ReviveWithSource = (key: string, value: unknown, context: { source?: string }) => unknown;
/** In every Node we run on, but not yet in the declarations of ES2023. */
type ParseWithSource = (text: string, revive: ReviveWithSource) => unknown;

const parseWithSource = JSON.parse as ParseWithSource;

/** JSON of a provider. Whole numbers that a number cannot hold (Mailjet's message ids) stay as their digits. Throws for what
 *  is no JSON. */
export const parseWebhook = (text: string): unknown =>
  parseWithSource(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source && /^\d+$/.test(source) ? source : value,
  );
