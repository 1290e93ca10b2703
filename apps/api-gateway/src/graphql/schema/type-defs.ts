import { actionsSdl } from './actions.graphql';
import { baseSdl } from './base.graphql';
import { campaignsSdl } from './campaigns.graphql';
import { keysSdl } from './keys.graphql';
import { moderationSdl } from './moderation.graphql';
import { orgsSdl } from './orgs.graphql';
import { pagesSdl } from './pages.graphql';
import { servicesSdl } from './services.graphql';
import { usersSdl } from './users.graphql';

/** The whole schema as SDL: what graphql-api.md §4 to §7 promise of the features built so far. */
export const typeDefs = [
  baseSdl,
  orgsSdl,
  keysSdl,
  servicesSdl,
  usersSdl,
  campaignsSdl,
  pagesSdl,
  actionsSdl,
  moderationSdl,
].join('\n');
