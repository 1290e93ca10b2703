import { isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { ErrorReports } from '@groundswell/observability';
import type { RequestContext } from '../../auth/access';
import type { ErrorEntry } from '../answers/error-entries';
import { censorMessage, censorValue, leavesOf, type CensorRules } from './censor';

export interface UserErrorSettings {
  /** REPORT_USER_ERRORS or REPORT_AUTH_USER_ERRORS. */
  isOn: boolean;
  /** REPORT_AUTH_USER_ERRORS: only of those who are logged in. */
  isForUsersOnly: boolean;
  /** REPORT_USER_ERRORS_CLEARTEXT: keys whose values are reported as they are. */
  cleartext: readonly string[];
}

/** Of one answer; the others say the same. */
const mostErrors = 10;

/** What callers did wrong, for those who look after forms (email-and-mtt.md §8.4): where and why, and what was sent with every letter
 *  an X and every digit a 0. */
export class UserErrorReports {
  private rules: CensorRules | undefined;

  constructor(
    private readonly reports: ErrorReports,
    private readonly settings: UserErrorSettings,
    private readonly schema: () => GraphQLSchema,
  ) {}

  get isOn(): boolean {
    return this.settings.isOn && this.reports.isOn;
  }

  /** `variables` as they came. Never throws, never waits. */
  note(errors: readonly ErrorEntry[], variables: unknown, { viewer, requestId }: RequestContext): void {
    if (!this.isOn || (this.settings.isForUsersOnly && viewer === null)) return;
    const rules = (this.rules ??= this.rulesOf());
    const leaves = leavesOf(variables, rules);
    const told = errors.slice(0, mostErrors).map(({ message, path = [], extensions }) => ({
      path: path.map((part) => (typeof part === 'number' || rules.isKnownName(part) ? part : '…')).join('.'),
      message: censorMessage(message, leaves, rules),
      code: typeof extensions?.['code'] === 'string' ? extensions['code'] : undefined,
    }));
    const [first] = told;
    if (!first) return;
    this.reports.report({
      level: 'warning',
      title: ['User error', first.path, first.message].filter(Boolean).join(' '),
      tags: { requestId, ...(first.code && { code: first.code }), ...(viewer && { userId: String(viewer.userId) }) },
      extra: { errors: told, variables: censorValue(variables, rules) },
    });
  }

  private rulesOf(): CensorRules {
    const names = namesOf(this.schema());
    return { cleartext: new Set(this.settings.cleartext), isKnownName: (name) => names.has(name) };
  }
}

/** Types, fields and arguments: what a message may quote. */
function namesOf(schema: GraphQLSchema): Set<string> {
  const names = new Set<string>();
  for (const [name, type] of Object.entries(schema.getTypeMap())) {
    names.add(name);
    if (isInputObjectType(type)) for (const field of Object.keys(type.getFields())) names.add(field);
    else if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        names.add(field.name);
        for (const argument of field.args) names.add(argument.name);
      }
    }
  }
  return names;
}
