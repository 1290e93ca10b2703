import {
  maxSubmissionBytes,
  partitionCount,
  type ActionSubmissionV1,
  type ContactRecordV1,
  type ContactSubmissionV1,
  type LinkSubmissionV1,
  type SubmittedActionV1,
} from '@groundswell/contracts';
import { decodeRef, encodeRef, fingerprint, normaliseRef, partitionOfRef } from '@groundswell/crypto';
import {
  checkSubmissionSize,
  clearCopies,
  contactRecords,
  contactSchemaFromCode,
  copiesClearedAtDeliver,
  donationFrequencyCode,
  donationSchemaCode,
  tooLargeError,
  tooLongError,
  trackingSource,
  validateAction,
  validateContact,
  type ActionInput,
  type ValidAction,
  type ValidContact,
} from '@groundswell/domain';
import { ApiError, InputError, type InputProblem } from '../api/api-error';
import type { AddActionArguments, AddActionContactArguments, LinkActionsArguments } from './accept-arguments';
import type { ContactSealer } from './contact-sealer';
import type { PageScope } from './page-scopes';

/** What the request says besides its arguments. */
export interface Acceptance {
  now: Date;
  referer: string | null;
  /** Id of the submission, which depends on whom it is about. */
  idFor(ref: string): string;
}

/** A submission ready to be made durable. `json` is its body, made once and within the size limit. */
export interface BuiltSubmission<S = ContactSubmissionV1 | ActionSubmissionV1 | LinkSubmissionV1> {
  readonly submission: Readonly<S>;
  readonly json: Buffer;
  readonly partition: number;
}

/** Longest reference and longest list entry a submission may hold, in characters. */
const maxRefLength = 255;

/** Turns checked input and the catalogue's rows into the frozen submission of design.md §3.1. Reads nothing else: the
 *  same rows, input, time and id give the same submission but for the nonces. Throws InputError with all problems of
 *  the first step that has any. */
export class SubmissionBuilder {
  constructor(
    private readonly sealer: Pick<ContactSealer, 'seal'>,
    private readonly fingerprintSeed: string,
  ) {}

  buildContact(
    scope: PageScope,
    input: AddActionContactArguments,
    acceptance: Acceptance,
  ): BuiltSubmission<ContactSubmissionV1> {
    const contact = this.checkedContact(scope, input, acceptance.now);
    const action = checkedAction(scope, input.action);
    const bytes = fingerprint(this.fingerprintSeed, contact.fingerprintInput);
    const copyKind = { highSecurity: scope.collector.highSecurity, hasMtt: scope.hasMtt };
    return encode(action, bytes, {
      schema: 'groundswell:submission:1',
      ...this.common(scope, encodeRef(bytes), acceptance),
      kind: 'contact',
      carriedRef: input.contactRef ? normaliseRef(input.contactRef) || null : null,
      supporter: clearCopies(copyKind, contact),
      clearAtDeliver: copiesClearedAtDeliver(copyKind),
      contacts: this.contactRecords(scope, input.privacy, JSON.stringify(contact.payload)),
      source: trackingSource(input.tracking, acceptance.referer),
      action: toSubmitted(action),
    });
  }

  buildAction(
    scope: PageScope,
    input: AddActionArguments,
    acceptance: Acceptance,
  ): BuiltSubmission<ActionSubmissionV1> {
    const { ref, bytes } = checkedRef(input.contactRef);
    const action = checkedAction(scope, input.action);
    return encode(action, bytes, {
      schema: 'groundswell:submission:1',
      ...this.common(scope, ref, acceptance),
      kind: 'action',
      source: trackingSource(input.tracking, acceptance.referer),
      action: toSubmitted(action),
    });
  }

  buildLink(scope: PageScope, input: LinkActionsArguments, acceptance: Acceptance): BuiltSubmission<LinkSubmissionV1> {
    const { ref, bytes } = checkedRef(input.contactRef);
    return encode(null, bytes, {
      schema: 'groundswell:submission:1',
      ...this.common(scope, ref, acceptance),
      kind: 'link',
      linkRefs: checkedLinkRefs(input.linkRefs ?? []),
    });
  }

  private common({ page, campaign, collector }: PageScope, ref: string, acceptance: Acceptance) {
    return {
      id: acceptance.idFor(ref),
      acceptedAt: acceptance.now.toISOString(),
      pageId: page.id,
      campaignId: campaign.id,
      orgId: collector.id,
      ref,
    };
  }

  private checkedContact(scope: PageScope, input: AddActionContactArguments, now: Date): ValidContact {
    const result = validateContact(contactSchemaFromCode(scope.campaign.contactSchema), input.contact, now);
    const problems: InputProblem[] = result.ok ? [] : [...result.errors];
    if (input.contactRef && input.contactRef.length > maxRefLength) {
      problems.push({ path: ['contactRef'], message: tooLongError(maxRefLength) });
    }
    if (!result.ok || problems.length > 0) throw new InputError(problems);
    return result.contact;
  }

  /** Who gets which copy (processing.md §3.1), each encrypted for its org. A campaign without lead is not split. */
  private contactRecords(
    { page, campaign, collector, lead }: PageScope,
    privacy: AddActionContactArguments['privacy'],
    payloadJson: string,
  ): ContactRecordV1[] {
    const records = contactRecords({
      split: lead !== null && lead.id !== collector.id,
      pageDelivery: page.delivery,
      forceDelivery: campaign.forceDelivery,
      optIn: privacy.optIn ?? null,
      leadOptIn: privacy.leadOptIn ?? null,
    });
    return records.map(({ party, communicationConsent, deliveryConsent }) => {
      const orgId = party === 'lead' && lead ? lead.id : collector.id;
      const { payload, nonce, encryptKeyId, signKeyId } = this.sealer.seal(orgId, payloadJson);
      return { orgId, payload, nonce, encryptKeyId, signKeyId, communicationConsent, deliveryConsent };
    });
  }
}

function checkedAction(scope: PageScope, input: ActionInput): ValidAction {
  const result = validateAction(input, scope);
  if (!result.ok) throw new InputError(result.errors);
  const { action } = result;
  if (action.mtt && !action.mtt.targetIds.every((id) => scope.isTarget(id))) {
    throw InputError.at(['mtt', 'targets'], 'target to messages association violated');
  }
  return action;
}

/** References one linkActions may name: each may wait for its contact for a long time, and anybody may send them. */
const maxLinkRefs = 100;

const undecodable = 'contact_ref: Cannot decode from Base64url';

/** The reference without padding, and its bytes. */
function checkedRef(contactRef: string): { ref: string; bytes: Buffer } {
  if (contactRef.length > maxRefLength) throw InputError.at(['contactRef'], tooLongError(maxRefLength));
  const bytes = decodeRef(contactRef);
  if (!bytes) throw new ApiError(null, undecodable);
  return { ref: normaliseRef(contactRef), bytes };
}

function checkedLinkRefs(linkRefs: readonly string[]): string[] {
  if (linkRefs.length > maxLinkRefs) {
    throw InputError.at(['linkRefs'], `should have at most ${maxLinkRefs} item(s)`);
  }
  const problems: InputProblem[] = [];
  const refs = new Set<string>();
  linkRefs.forEach((linkRef, index) => {
    if (linkRef.length > maxRefLength) {
      problems.push({ path: ['linkRefs', index], message: tooLongError(maxRefLength) });
    }
    const ref = normaliseRef(linkRef);
    if (ref !== '') refs.add(ref);
  });
  if (problems.length > 0) throw new InputError(problems);
  return [...refs];
}

function toSubmitted({ actionType, fields, testing, donation, mtt }: ValidAction): SubmittedActionV1 {
  return {
    actionType,
    fields,
    testing,
    donation: donation && {
      schema: donation.schema && donationSchemaCode(donation.schema),
      amount: donation.amount,
      currency: donation.currency,
      frequencyUnit: donationFrequencyCode(donation.frequencyUnit),
      payload: donation.payload,
    },
    mtt,
  };
}

function encode<S extends { ref: string }>(
  action: ValidAction | null,
  refBytes: Buffer,
  submission: S,
): BuiltSubmission<S> {
  const json = Buffer.from(JSON.stringify(submission));
  if (json.length > maxSubmissionBytes) throw new InputError([largestAttribute(action)]);
  return { submission, json, partition: partitionOfRef(refBytes, partitionCount) };
}

/** Only an action's donation or mtt, or a list of references, can be that large: the rest has limits of its own. */
function largestAttribute(action: ValidAction | null): InputProblem {
  const otherBytes = maxSubmissionBytes + 1;
  const problem = action && checkSubmissionSize(action, otherBytes);
  return problem ?? { path: [action ? 'fields' : 'linkRefs'], message: tooLargeError };
}
