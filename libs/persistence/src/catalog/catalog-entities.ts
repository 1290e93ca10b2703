import { ActionPage } from './action-page.entity';
import { AuditEntry } from './audit-entry.entity';
import { Campaign } from './campaign.entity';
import { Confirm } from './confirm.entity';
import { EmailTemplate } from './email-template.entity';
import { Mtt } from './mtt.entity';
import { Org } from './org.entity';
import { PublicKey } from './public-key.entity';
import { Service } from './service.entity';
import { Staffer } from './staffer.entity';
import { Target } from './target.entity';
import { TargetEmail } from './target-email.entity';
import { User } from './user.entity';
import { UserToken } from './user-token.entity';

/** Every entity of schema `catalog`. */
export const catalogEntities = [
  ActionPage,
  AuditEntry,
  Campaign,
  Confirm,
  EmailTemplate,
  Mtt,
  Org,
  PublicKey,
  Service,
  Staffer,
  Target,
  TargetEmail,
  User,
  UserToken,
];
