import type { ReportKind } from '@groundswell/contracts';
import { actionsSource } from './actions.source';
import { campaignSummarySource } from './campaign-summary.source';
import { mttDeliverySource } from './mtt-delivery.source';
import type { ReportSource } from './report-source';
import { usageSource } from './usage.source';

export const reportSources: Readonly<Record<ReportKind, ReportSource>> = {
  actions: actionsSource,
  campaign_summary: campaignSummarySource,
  mtt_delivery: mttDeliverySource,
  usage: usageSource,
};
