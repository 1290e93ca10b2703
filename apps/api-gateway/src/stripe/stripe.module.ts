import { Module, type DynamicModule } from '@nestjs/common';
import { STRIPE_SETTINGS, type StripeSettings } from './stripe-settings';
import { StripeResolver } from './stripe.resolver';
import { StripeService } from './stripe.service';

/** Donations by Stripe. */
@Module({})
export class StripeModule {
  static forRoot(settings: StripeSettings): DynamicModule {
    return {
      module: StripeModule,
      providers: [{ provide: STRIPE_SETTINGS, useValue: settings }, StripeService, StripeResolver],
    };
  }
}
