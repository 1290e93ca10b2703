export interface ConsentInput {
  /** The lead org is not the org that owns the page. */
  split: boolean;
  pageDelivery: boolean;
  forceDelivery: boolean;
  /** Null: the supporter was not asked. */
  optIn: boolean | null;
  leadOptIn: boolean | null;
}

export interface ContactRecord {
  party: 'collector' | 'lead';
  deliveryConsent: boolean;
  communicationConsent: boolean | null;
}

/** Which orgs get a contact record (processing.md 3.1): those with delivery or communication consent. */
export function contactRecords(input: ConsentInput): ContactRecord[] {
  const { split, pageDelivery, optIn, leadOptIn } = input;
  const collectorDelivers = !split || pageDelivery;
  const leadDelivers = split && (!pageDelivery || input.forceDelivery);
  const records: ContactRecord[] = [];
  if (collectorDelivers || optIn === true) {
    records.push({ party: 'collector', deliveryConsent: collectorDelivers, communicationConsent: optIn });
  }
  if (leadDelivers || (split && leadOptIn === true)) {
    records.push({ party: 'lead', deliveryConsent: leadDelivers, communicationConsent: leadOptIn });
  }
  return records;
}
