import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { StripePaymentIntentInput, StripeSubscriptionInput } from './donation-input';
import { StripeService, type DonationPlace, type StripeObjects } from './stripe.service';

type DonationArguments<Input> = DonationPlace & { input: Input; contactRef?: string | null };

/** Public: widgets call them before anybody has signed. */
@Resolver()
export class StripeResolver {
  constructor(private readonly stripe: StripeService) {}

  @Mutation('addStripePaymentIntent')
  addStripePaymentIntent(
    @Args() { input, contactRef, ...place }: DonationArguments<StripePaymentIntentInput>,
    @Context() { referer }: RequestContext,
  ) {
    return this.stripe.addPaymentIntent(place, input, { contactRef, referer });
  }

  @Mutation('addStripeSubscription')
  addStripeSubscription(
    @Args() { input, contactRef, ...place }: DonationArguments<StripeSubscriptionInput>,
    @Context() { referer }: RequestContext,
  ) {
    return this.stripe.addSubscription(place, input, { contactRef, referer });
  }

  @Mutation('addStripeObject')
  addStripeObject(@Args() { actionPageId, testing, ...objects }: DonationPlace & StripeObjects) {
    return this.stripe.addObject({ actionPageId, testing }, objects);
  }
}
