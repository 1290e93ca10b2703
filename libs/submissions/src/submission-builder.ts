import {
  maxSubmissionBytes,
  partitionCount,
  type ActionSubmissionV1,
  type ContactRecordV1,
  type ContactSubmissionV1,
  type LinkSubmissionV1,
  type SubmittedActionV1,
  type SubmittedAttachmentV1,
} from '@groundswell/contracts';
import { decodeRef, encodeRef, normaliseRef, partitionOfRef, ReferenceRecipe } from '@groundswell/crypto';
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
import type { ContactSealer } from './contact-sealer';
import { InputError, type InputProblem } from './input-error';
import type { PageScope } from './page-scopes';
import type { ActionSubmissionInput, ContactSubmissionInput, LinkSubmissionInput } from './submission-input';

/** What whoever brings it says besides the input. */
export interface Acceptance {
  /** Accept time. */
  now: Date;
  referer: string | null;
  /** Id of the submission, which depends on whom it is about. */
  idFor(ref: string): string;
  /** Nobody is mailed for it. */
  noMail?: boolean;
  /** The follow-up item it answers. */
  followUpId?: number;
  /** Files that were sent before. */
  attachments?: SubmittedAttachmentV1[];
}

/** A submission ready to be made durable. `json` is its body, made once and within the size limit. */
export interface BuiltSubmission<S = ContactSubmissionV1 | ActionSubmissionV1 | LinkSubmissionV1> {
  readonly submission: Readonly<S>;
  readonly json: Buffer;
  readonly partition: number;
}

export class UndecodableRefError extends Error {
  readonly code = 'submissions.undecodable_ref';

  constructor() {
    super('contact_ref: Cannot decode from Base64url');
    this.name = 'UndecodableRefError';
  }
}

/** Longest reference and longest list entry a submission may hold, in characters. */
const maxRefLength = 255;

/** Turns checked input and the catalogue's rows into the frozen submission of design.md §3.1. Reads nothing else: the
 *  same rows, input, time and id give the same submission but for the nonces. Throws InputError with all problems of
 *  the first step that has any, UndecodableRefError for a reference that is none. */
export class SubmissionBuilder {
  private readonly recipe: ReferenceRecipe;

  /** `formerSeeds`: how references were made before, newest first. */
  constructor(
    private readonly sealer: Pick<ContactSealer, 'seal'>,
    fingerprintSeed: string,
    formerSeeds: readonly string[] = [],
  ) {
    this.recipe = new ReferenceRecipe(fingerprintSeed, formerSeeds);
  }

  buildContact(
    scope: PageScope,
    input: ContactSubmissionInput,
    acceptance: Acceptance,
  ): BuiltSubmission<ContactSubmissionV1> {
    const contact = this.checkedContact(scope, input, acceptance.now);
    const action = checkedAction(scope, input.action);
    const bytes = this.recipe.refOf(contact.fingerprintInput);
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
      action: toSubmitted(action, acceptance),
      ...(acceptance.noMail && { noMail: true }),
      recipe: this.recipe.id,
      ...(this.recipe.hasFormer && { formerRefs: this.recipe.formerRefsOf(contact.fingerprintInput).map(encodeRef) }),
    });
  }

  buildAction(
    scope: PageScope,
    input: ActionSubmissionInput,
    acceptance: Acceptance,
  ): BuiltSubmission<ActionSubmissionV1> {
    const { ref, bytes } = this.checkedRef(input.contactRef);
    const action = checkedAction(scope, input.action);
    return encode(action, bytes, {
      schema: 'groundswell:submission:1',
      ...this.common(scope, ref, acceptance),
      kind: 'action',
      source: trackingSource(input.tracking, acceptance.referer),
      action: toSubmitted(action, acceptance),
    });
  }

  buildLink(scope: PageScope, input: LinkSubmissionInput, acceptance: Acceptance): BuiltSubmission<LinkSubmissionV1> {
    const { ref, bytes } = this.checkedRef(input.contactRef);
    return encode(null, bytes, {
      schema: 'groundswell:submission:1',
      ...this.common(scope, ref, acceptance),
      kind: 'link',
      linkRefs: checkedLinkRefs(input.linkRefs ?? []),
    });
  }

  /** What a reference that is no base64url is refused with. */
  protected undecodable(): Error {
    return new UndecodableRefError();
  }

  /** The reference without padding, and its bytes. */
  private checkedRef(contactRef: string): { ref: string; bytes: Buffer } {
    if (contactRef.length > maxRefLength) throw InputError.at(['contactRef'], tooLongError(maxRefLength));
    const bytes = decodeRef(contactRef);
    if (!bytes) throw this.undecodable();
    return { ref: normaliseRef(contactRef), bytes };
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

  private checkedContact(scope: PageScope, input: ContactSubmissionInput, now: Date): ValidContact {
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
    privacy: ContactSubmissionInput['privacy'],
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

function toSubmitted(
  { actionType, fields, testing, donation, mtt }: ValidAction,
  { followUpId, attachments }: Acceptance,
): SubmittedActionV1 {
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
    ...(followUpId !== undefined && { followUpId }),
    ...(attachments && { attachments }),
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
