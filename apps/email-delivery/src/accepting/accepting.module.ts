import { Module, type DynamicModule } from '@nestjs/common';
import { Catalogue, Database } from '@groundswell/persistence';
import { publicUrlOf, type MailConfig } from '../config';
import { addressHasher } from '../deliveries/address-hash';
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
          inject: [Database, MailSender, MailMetrics],
          useFactory: (...[database, sender, metrics]: [Database, MailSender, MailMetrics]) =>
            new DeliveryIntake(database, sender, metrics, addressHasher(config)),
        },
        {
          provide: TargetIntake,
          inject: [Database, MailSender, MailMetrics, TargetOutcomes],
          useFactory: (...[database, sender, metrics, outcomes]: TargetParts) =>
            new TargetIntake(database, sender, metrics, addressHasher(config), outcomes),
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

type TargetParts = [Database, MailSender, MailMetrics, TargetOutcomes];
