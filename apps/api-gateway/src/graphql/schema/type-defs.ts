import { actionsSdl } from './actions.graphql';
import { applicationSdl } from './application.graphql';
import { attachmentsSdl } from './attachments.graphql';
import { baseSdl } from './base.graphql';
import { campaignsSdl } from './campaigns.graphql';
import { confirmsSdl } from './confirms.graphql';
import { crmAccessSdl } from './crm-access.graphql';
import { enrichmentSdl } from './enrichment.graphql';
import { erasureSdl } from './erasure.graphql';
import { exportsSdl } from './exports.graphql';
import { importsSdl } from './imports.graphql';
import { followUpsSdl } from './follow-ups.graphql';
import { keysSdl } from './keys.graphql';
import { mailoutsSdl } from './mailouts.graphql';
import { mailsSdl } from './mails.graphql';
import { moderationSdl } from './moderation.graphql';
import { monitorSdl } from './monitor.graphql';
import { mttRepliesSdl } from './mtt-replies.graphql';
import { orgsSdl } from './orgs.graphql';
import { pagesSdl } from './pages.graphql';
import { pushesSdl } from './pushes.graphql';
import { referencesSdl } from './references.graphql';
import { rulesSdl } from './rules.graphql';
import { reportsSdl } from './reports.graphql';
import { servicesSdl } from './services.graphql';
import { stripeSdl } from './stripe.graphql';
import { subscriptionsSdl } from './subscriptions.graphql';
import { targetsSdl } from './targets.graphql';
import { templatesSdl } from './templates.graphql';
import { upkeepSdl } from './upkeep.graphql';
import { usersSdl } from './users.graphql';

/** The whole schema as SDL: what graphql-api.md §4 to §7 promise of the features built so far. */
export const typeDefs = [
  baseSdl,
  applicationSdl,
  orgsSdl,
  keysSdl,
  servicesSdl,
  stripeSdl,
  usersSdl,
  campaignsSdl,
  pagesSdl,
  actionsSdl,
  subscriptionsSdl,
  moderationSdl,
  targetsSdl,
  templatesSdl,
  confirmsSdl,
  exportsSdl,
  erasureSdl,
  mailsSdl,
  mailoutsSdl,
  crmAccessSdl,
  pushesSdl,
  attachmentsSdl,
  followUpsSdl,
  mttRepliesSdl,
  rulesSdl,
  importsSdl,
  monitorSdl,
  enrichmentSdl,
  reportsSdl,
  upkeepSdl,
  referencesSdl,
].join('\n');
