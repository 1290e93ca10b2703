export interface ProcessingSettings {
  /** Three-state: null inherits the setting of the org. */
  campaign: { supporterConfirm: boolean | null; actionConfirm: boolean | null };
  /** The collector. */
  org: { supporterConfirm: boolean; customSupporterConfirm: boolean; customActionConfirm: boolean };
}

export interface EffectiveProcessing {
  supporterConfirm: boolean;
  actionConfirm: boolean;
}

/** Settings that hold for an action (processing.md 5.1). */
export const effectiveProcessing = ({ campaign, org }: ProcessingSettings): EffectiveProcessing => ({
  supporterConfirm: campaign.supporterConfirm ?? (org.supporterConfirm || org.customSupporterConfirm),
  actionConfirm: campaign.actionConfirm ?? org.customActionConfirm,
});
