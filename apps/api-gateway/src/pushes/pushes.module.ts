import { Module } from '@nestjs/common';
import { CrmForwarderClient } from './crm-forwarder.client';
import { PushChangeService } from './push-change.service';
import { PushEndpointFieldsResolver, PushFieldsResolver, PushResolver } from './push.resolver';
import { PushService } from './push.service';
import { SigningSecretService } from './signing-secret.service';

/** Pushes to orgs' own endpoints: what became of them, what people do about it, and the secrets that sign them. Needs the
 *  global MessagingModule, which must send requests. */
@Module({
  providers: [
    CrmForwarderClient,
    PushService,
    PushChangeService,
    SigningSecretService,
    PushResolver,
    PushFieldsResolver,
    PushEndpointFieldsResolver,
  ],
})
export class PushesModule {}
