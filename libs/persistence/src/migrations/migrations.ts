import { Catalog1763600000001 } from './0001-catalog.migration';
import { Actions1763600000002 } from './0002-actions.migration';
import { Topology1763600000003 } from './0003-topology.migration';
import { Grants1763600000004 } from './0004-grants.migration';
import { Losses1763600000005 } from './0005-losses.migration';
import { Requeue1763600000006 } from './0006-requeue.migration';
import { Removal1763600000007 } from './0007-removal.migration';
import { Confirms1763600000008 } from './0008-confirms.migration';
import { Erasure1763600000010 } from './0010-erasure.migration';
import { Captcha1763600000012 } from './0012-captcha.migration';
import { Notify1763600000013 } from './0013-notify.migration';
import { Mail1763600000014 } from './0014-mail.migration';
import { MailEvents1763600000015 } from './0015-mail-events.migration';
import { Mailings1763600000016 } from './0016-mailings.migration';
import { RemindersAndRetention1763600000017 } from './0017-reminders-and-retention.migration';
import { WebhookSecrets1763600000018 } from './0018-webhook-secrets.migration';
import { TransactionalMails1763600000019 } from './0019-transactional-mails.migration';
import { MailViews1763600000020 } from './0020-mail-views.migration';
import { Stats1763600000021 } from './0021-stats.migration';
import { MailToTarget1763600000022 } from './0022-mtt.migration';
import { MttControl1763600000023 } from './0023-mtt-control.migration';
import { TargetMails1763600000024 } from './0024-target-mails.migration';
import { TestPurge1763600000025 } from './0025-test-purge.migration';
import { Forwarder1763600000026 } from './0026-forwarder.migration';
import { CrmAccess1763600000027 } from './0027-crm-access.migration';
import { Jobs1763600000028 } from './0028-jobs.migration';
import { Attachments1763600000029 } from './0029-attachments.migration';
import { Uploads1763600000030 } from './0030-uploads.migration';
import { Enrichment1763600000031 } from './0031-enrichment.migration';
import { Reports1763600000035 } from './0035-reports.migration';
import { Monitor1763600000036 } from './0036-monitor.migration';
import { References1763600000037 } from './0037-references.migration';
import { AddressKey1763600000038 } from './0038-address-key.migration';
import { MailTrace1763600000039 } from './0039-mail-trace.migration';
import { Rules1763600000033 } from './0033-rules.migration';
import { Mailouts1763600000034 } from './0034-mailouts.migration';
import { FollowUps1763600000032 } from './0032-follow-ups.migration';
import { Targets1763600000009 } from './0009-targets.migration';

/** In order; append only. A release only adds, the next one removes. */
export const migrations = [
  Catalog1763600000001,
  Actions1763600000002,
  Topology1763600000003,
  Grants1763600000004,
  Losses1763600000005,
  Requeue1763600000006,
  Removal1763600000007,
  Confirms1763600000008,
  Targets1763600000009,
  Erasure1763600000010,
  Captcha1763600000012,
  Notify1763600000013,
  Mail1763600000014,
  MailEvents1763600000015,
  Mailings1763600000016,
  RemindersAndRetention1763600000017,
  WebhookSecrets1763600000018,
  TransactionalMails1763600000019,
  MailViews1763600000020,
  Stats1763600000021,
  MailToTarget1763600000022,
  MttControl1763600000023,
  TargetMails1763600000024,
  TestPurge1763600000025,
  Forwarder1763600000026,
  CrmAccess1763600000027,
  Jobs1763600000028,
  Attachments1763600000029,
  Uploads1763600000030,
  Enrichment1763600000031,
  FollowUps1763600000032,
  Rules1763600000033,
  Mailouts1763600000034,
  Reports1763600000035,
  Monitor1763600000036,
  References1763600000037,
  AddressKey1763600000038,
  MailTrace1763600000039,
];
