import { actionsSdl } from './actions.graphql';
import { applicationSdl } from './application.graphql';
import { baseSdl } from './base.graphql';
import { campaignsSdl } from './campaigns.graphql';
import { confirmsSdl } from './confirms.graphql';
import { crmAccessSdl } from './crm-access.graphql';
import { erasureSdl } from './erasure.graphql';
import { exportsSdl } from './exports.graphql';
import { keysSdl } from './keys.graphql';
import { mailsSdl } from './mails.graphql';
import { moderationSdl } from './moderation.graphql';
import { orgsSdl } from './orgs.graphql';
import { pagesSdl } from './pages.graphql';
import { pushesSdl } from './pushes.graphql';
import { servicesSdl } from './services.graphql';
import { stripeSdl } from './stripe.graphql';
import { subscriptionsSdl } from './subscriptions.graphql';
import { targetsSdl } from './targets.graphql';
import { templatesSdl } from './templates.graphql';
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
  crmAccessSdl,
  pushesSdl,
].join('\n');
