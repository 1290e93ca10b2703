import { strippedWebUrl } from '@groundswell/domain';
import { Database, type CataloguePage } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ApiError, InputError } from '../api/api-error';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { ServiceRepository } from '../services/service.repository';
import { refusedParameters } from './allowed-parameters';
import {
  readCharge,
  readRecurringCharge,
  type StripePaymentIntentInput,
  type StripeSubscriptionInput,
} from './donation-input';
import { STRIPE_SETTINGS, type StripeSettings } from './stripe-settings';
import { StripeClient, type StripeKind, type StripeObject, type StripeParameters } from './stripe.client';

/** The page somebody donates on. */
export interface DonationPlace {
  actionPageId: number;
  testing?: boolean | null;
}

/** Who donates, as far as the page knows. */
export interface Donor {
  contactRef?: string | null;
  /** `referer` header. */
  referer: string | null;
}

export type StripeObjects = Partial<Record<StripeKind, StripeParameters | null>>;

/** Longest value of metadata that Stripe takes, in characters. */
const longestMetadata = 500;

/** Begins payments at Stripe in the name of the page's org (graphql-api.md §5.7). The donor confirms them in the browser. */
@Injectable()
export class StripeService {
  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
    @Inject(STRIPE_SETTINGS) private readonly settings: StripeSettings,
  ) {}

  async addPaymentIntent(place: DonationPlace, input: StripePaymentIntentInput, donor: Donor): Promise<StripeObject> {
    const page = await this.lookup.page(place.actionPageId);
    const charge = readCharge(input);
    const metadata = this.metadata(page, donor);
    const client = await this.clientOf(page, place);
    const types = input.paymentMethodTypes;
    return client.create('paymentIntent', { ...charge, ...(types ? { payment_method_types: types } : {}), metadata });
  }

  async addSubscription(place: DonationPlace, input: StripeSubscriptionInput, donor: Donor): Promise<StripeObject> {
    const page = await this.lookup.page(place.actionPageId);
    const { amount, currency, interval } = readRecurringCharge(input);
    const metadata = this.metadata(page, donor);
    const client = await this.clientOf(page, place);
    const customer = await client.create('customer', pick(metadata, 'contactRef'));
    const price = await client.create('price', {
      currency,
      unit_amount: amount,
      recurring: { interval },
      product_data: { name: 'Donation' },
    });
    return client.create('subscription', {
      customer: customer.id,
      items: [{ price: price.id }],
      payment_behavior: 'default_incomplete',
      expand: ['latest_invoice.payment_intent', 'customer'],
      metadata,
    });
  }

  /** The last one made, of those given. */
  async addObject(place: DonationPlace, given: StripeObjects): Promise<StripeObject> {
    const page = await this.lookup.page(place.actionPageId);
    const objects = checkedObjects(given);
    const client = await this.clientOf(page, place);
    const { price, paymentIntent, subscription } = objects;
    const customer = objects.customer && (await client.create('customer', objects.customer));
    const ofCustomer = customer ? { customer: customer.id } : {};
    if (paymentIntent) return client.create('paymentIntent', { ...paymentIntent, ...ofCustomer });
    const madePrice = price && (await client.create('price', price));
    if (!subscription) return (madePrice ?? customer)!;
    const items = madePrice ? { items: [{ price: madePrice.id }] } : {};
    const safely = { payment_behavior: 'default_incomplete' };
    return client.create('subscription', { ...safely, ...subscription, ...ofCustomer, ...items });
  }

  private async clientOf({ orgId }: CataloguePage, { testing }: DonationPlace): Promise<StripeClient> {
    const name = testing ? 'TEST_STRIPE' : 'STRIPE';
    const service = await this.database.run((manager) => new ServiceRepository(manager).findNewest(orgId, name));
    if (!service?.password) throw new ApiError(null, 'Action Page does not support Stripe');
    const secret = this.surroundings.settings.envelope.open(service.password).toString('utf8');
    return new StripeClient(secret, this.settings);
  }

  private metadata(page: CataloguePage, { contactRef, referer }: Donor): Record<string, string> {
    if (contactRef && contactRef.length > longestMetadata) {
      throw InputError.at(['contactRef'], `should be at most ${longestMetadata} character(s)`);
    }
    const location = referer && strippedWebUrl(referer)?.slice(0, longestMetadata);
    return {
      actionPageName: page.name,
      actionPageId: String(page.id),
      campaignName: this.lookup.campaignById(page.campaignId).name,
      ...(contactRef ? { contactRef } : {}),
      ...(location ? { referer: location } : {}),
    };
  }
}

const pick = (metadata: Readonly<Record<string, string>>, name: string): StripeParameters =>
  metadata[name] === undefined ? {} : { metadata: { [name]: metadata[name] } };

/** Nulls left out: an argument or a parameter that is null is not given. */
function checkedObjects(given: StripeObjects): Partial<Record<StripeKind, StripeParameters>> {
  const objects = withoutNulls(given) as Partial<Record<StripeKind, StripeParameters>>;
  const kinds = Object.keys(objects) as StripeKind[];
  if (kinds.length === 0) throw new ApiError(null, 'Provide Stripe objects to create');
  const problems = kinds.flatMap((kind) => refusedParameters(kind, objects[kind]!));
  if (problems.length > 0) throw new InputError(problems);
  const { paymentIntent, subscription, price, customer } = objects;
  const isPriceAlone = !paymentIntent && !customer;
  if ((paymentIntent && subscription) || (price && !subscription && !isPriceAlone)) {
    throw new ApiError('bad_arg', `Stripe objects ${kinds.join(' and ')} do not belong together`);
  }
  return objects;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}
