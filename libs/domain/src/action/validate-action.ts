import { ErrorList, type InputError } from '../validation/error-list';
import { tooLargeError } from '../validation/messages';
import { checkActionType } from '../naming/name-rules';
import { checkFields, isObject, mergeFields, type CustomFields, type FieldInput } from './custom-fields';
import { validateDonation, type Donation, type DonationInput } from './donation';
import { validateMtt, type MttContent, type MttInput } from './mtt-content';

export interface ActionInput {
  actionType?: string | null;
  /** Already decoded from its JSON text. */
  customFields?: Record<string, unknown> | null;
  fields?: readonly FieldInput[] | null;
  donation?: DonationInput | null;
  mtt?: MttInput | null;
  testing?: boolean | null;
}

export interface ValidAction {
  actionType: string;
  fields: CustomFields;
  donation: Donation | null;
  mtt: MttContent | null;
  testing: boolean;
}

export type ActionResult = { ok: true; action: ValidAction } | { ok: false; errors: InputError[] };

/** Of contact and action together, as JSON in UTF-8. */
const maxSubmissionBytes = 128 * 1024;

/** Checks an action as addAction and addActionContact take it (graphql-api.md 5.3). `hasMtt`: the campaign has MTT. */
export function validateAction(input: ActionInput, { hasMtt }: { hasMtt: boolean }): ActionResult {
  const errors = new ErrorList();
  const actionTypeError = checkActionType(input.actionType);
  if (actionTypeError !== null) errors.add(actionTypeError, ['actionType']);
  const fields = fieldsOf(input);
  const fieldsProblem = checkFields(fields);
  if (fieldsProblem !== null) errors.add(fieldsProblem, ['fields']);
  const donation = input.donation ? validateDonation(input.donation, errors) : null;
  const mtt = input.mtt ? validateMtt(input.mtt, hasMtt, errors) : null;
  if (!errors.isEmpty) return { ok: false, errors: errors.errors };
  return {
    ok: true,
    action: {
      actionType: input.actionType ?? '',
      fields: fields as CustomFields,
      donation,
      mtt,
      testing: input.testing ?? false,
    },
  };
}

/** Custom fields that are no object stay as they are, to be refused: merged, a list would become one. */
const fieldsOf = ({ fields, customFields }: ActionInput): unknown =>
  customFields == null || isObject(customFields) ? mergeFields(fields, customFields) : customFields;

/** "is too large" at the largest attribute of a submission over 128 KB, null when it fits. Contact and
 *  fields have their own, lower limits; `contactBytes` is what the contact adds to the sum. */
export function checkSubmissionSize(action: ValidAction, contactBytes: number): InputError | null {
  if (action.donation === null && action.mtt === null) return null;
  const sizes: { path: string[]; bytes: number }[] = [
    { path: ['fields'], bytes: jsonBytes(action.fields) },
    { path: ['donation', 'payload'], bytes: jsonBytes(action.donation?.payload) },
    { path: ['mtt', 'subject'], bytes: jsonBytes(action.mtt?.subject) },
    { path: ['mtt', 'body'], bytes: jsonBytes(action.mtt?.body) },
    { path: ['mtt', 'targets'], bytes: jsonBytes(action.mtt?.targetIds) },
    { path: ['mtt', 'files'], bytes: jsonBytes(action.mtt?.files) },
  ];
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, contactBytes);
  if (total <= maxSubmissionBytes) return null;
  const largest = sizes.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  return { message: tooLargeError, path: largest.path };
}

const jsonBytes = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));
