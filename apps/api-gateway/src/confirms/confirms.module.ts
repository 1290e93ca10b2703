import { Module } from '@nestjs/common';
import { ConfirmRequests } from './confirm-requests';
import {
  CampaignPartnershipsResolver,
  ConfirmFieldsResolver,
  PartneringResolver,
  PartnershipResolver,
} from './confirm.resolver';
import { PartneringService } from './partnering.service';
import { PartnershipService } from './partnership.service';

/** Asking for consent: launches, partners, invitations. Deciding is ConfirmDecidingModule. */
@Module({
  providers: [
    ConfirmRequests,
    PartneringService,
    PartnershipService,
    PartneringResolver,
    ConfirmFieldsResolver,
    CampaignPartnershipsResolver,
    PartnershipResolver,
  ],
  exports: [ConfirmRequests],
})
export class ConfirmsModule {}
