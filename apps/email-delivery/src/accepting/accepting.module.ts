import { Module, type DynamicModule } from '@nestjs/common';
import { Catalogue, Database } from '@groundswell/persistence';
import { publicUrlOf, type MailConfig } from '../config';
import { AddressKeys } from '../deliveries/address-keys';
import { MailMetrics } from '../sending/mail-metrics';
import { MailSender } from '../sending/mail-sender';
import { TargetIntake } from '../targets/target-intake';
import { TargetOutcomes } from '../targets/target-outcomes';
import { DeliveryIntake } from './delivery-intake';
import { instanceOrgName, MailRequestHandler } from './mail-request.handler';
import { SupporterConfirmHandler } from './supporter-confirm.handler';
import { SupporterMails } from './supporter-mails';
import { ThankYouHandler } from './thank-you.handler';

/** From messages to rows of mail.deliveries. */
@Module({})
export class AcceptingModule {
  static forRoot(config: MailConfig): DynamicModule {
    return {
      module: AcceptingModule,
      controllers: [SupporterConfirmHandler, ThankYouHandler, MailRequestHandler],
      providers: [
        { provide: instanceOrgName, useValue: config.ORG_NAME },
        {
          provide: DeliveryIntake,
          inject: [Database, MailSender, MailMetrics, AddressKeys],
          useFactory: (...[database, sender, metrics, { hash }]: IntakeParts) =>
            new DeliveryIntake(database, sender, metrics, hash),
        },
        {
          provide: TargetIntake,
          inject: [Database, MailSender, MailMetrics, AddressKeys, TargetOutcomes],
          useFactory: (...[database, sender, metrics, { hash }, outcomes]: TargetParts) =>
            new TargetIntake(database, sender, metrics, hash, outcomes),
        },
        {
          provide: SupporterMails,
          inject: [Catalogue, DeliveryIntake],
          useFactory: (catalogue: Catalogue, intake: DeliveryIntake) =>
            new SupporterMails(catalogue, intake, publicUrlOf(config)),
        },
      ],
    };
  }
}

type IntakeParts = [Database, MailSender, MailMetrics, AddressKeys];
type TargetParts = [...IntakeParts, TargetOutcomes];
