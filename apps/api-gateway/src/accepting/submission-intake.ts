import { ingestMessageV1, type IngestMessageV1 } from '@groundswell/contracts';
import { idempotentSubmissionId, uuidV7 } from '@groundswell/crypto';
import {
  ContactNotSealedError,
  type Acceptance,
  type BuiltSubmission,
  type PageScope,
  type PageScopes,
} from '@groundswell/submissions';
import { ApiError, InputError } from '../api/api-error';
import { readAttachedFiles } from '../attachments/attached-files';
import type { AttachmentTokens } from '../attachments/attachment-tokens';
import type { RequestContext } from '../auth/access';
import type { CaptchaGate, PassedCaptcha } from '../captcha/captcha-gate';
import type { CaptchaLog } from '../captcha/captcha-log';
import type {
  AddActionArguments,
  AddActionContactArguments,
  ContactReference,
  LinkActionsArguments,
} from './accept-arguments';
import type { FollowUpTokens } from '../follow-ups/follow-up-tokens';
import type { AcceptMetrics } from './accept-metrics';
import type { DurablePublisher } from './durable-publisher';
import { checkedIdempotencyKey, IdempotencyMemory } from './idempotency-memory';
import type { SubmissionBuilder } from './submission-builder';

/** Asks the database once for a page the catalogue in memory lacks; CatalogueLookup fits. */
export interface MissingPages {
  /** Null: there is none, also in the database. Throws `unavailable` when nobody can tell now. */
  findPage(pageId: number): Promise<object | null>;
}

export interface SubmissionIntakeOptions {
  scopes: PageScopes;
  missingPages: MissingPages;
  builder: SubmissionBuilder;
  durable: DurablePublisher;
  followUps: Pick<FollowUpTokens, 'open'>;
  attachments: Pick<AttachmentTokens, 'open'>;
  captcha: { gate: CaptchaGate; log: Pick<CaptchaLog, 'note'> };
  metrics: AcceptMetrics;
  logger: { error(fields: object, text: string): void; debug?(fields: object, text: string): void };
  /** Parse each submission by its contract before publishing: for tests and development. */
  checksContracts: boolean;
  now?: () => Date;
}

interface KeyedAcceptance extends Acceptance {
  /** The request came with an Idempotency-Key. */
  hasKey: boolean;
  requestId: string;
}

/** Accepts what a widget sends (design.md §3.1, §3.2): check, freeze, make durable, answer. An answer depends on the
 *  catalogue and the input alone, never on who signed before. */
export class SubmissionIntake {
  private readonly memory = new IdempotencyMemory();

  constructor(private readonly options: SubmissionIntakeOptions) {}

  addActionContact(
    input: AddActionContactArguments,
    context: RequestContext,
    fieldPath: string,
  ): Promise<ContactReference> {
    return this.guarded(context, async () => {
      const scope = await this.scopeOf(input.actionPageId, unknownPage(input.actionPageId));
      const acceptance = this.answering(input, this.acceptanceOf(input.actionPageId, context, fieldPath));
      const built = this.options.builder.buildContact(scope, input, acceptance);
      const { id, ref, supporter } = built.submission;
      const { gate } = this.options.captcha;
      const captcha = await gate.pass(scope, context.captcha, { submissionId: id, mayRepeat: acceptance.hasKey });
      await this.makeDurable(built, acceptance, input);
      if (captcha) this.noteCaptcha(id, captcha, acceptance.now);
      return { contactRef: ref, firstName: supporter.firstName };
    });
  }

  addAction(input: AddActionArguments, context: RequestContext, fieldPath: string): Promise<ContactReference> {
    return this.guarded(context, async () => {
      const scope = await this.scopeOf(input.actionPageId, unknownPage(input.actionPageId));
      const acceptance = this.answering(input, this.acceptanceOf(input.actionPageId, context, fieldPath));
      const built = this.options.builder.buildAction(scope, input, acceptance);
      await this.makeDurable(built, acceptance, input);
      return { contactRef: built.submission.ref, firstName: null };
    });
  }

  linkActions(input: LinkActionsArguments, context: RequestContext, fieldPath: string): Promise<ContactReference> {
    return this.guarded(context, async () => {
      const scope = await this.scopeOf(input.actionPageId, 'ActionPage or contact not found');
      const acceptance = this.acceptanceOf(input.actionPageId, context, fieldPath);
      const built = this.options.builder.buildLink(scope, input, acceptance);
      await this.makeDurable(built, acceptance, input);
      return { contactRef: built.submission.ref, firstName: null };
    });
  }

  private noteCaptcha(submissionId: string, { service, method }: PassedCaptcha, checkedAt: Date): void {
    this.options.captcha.log.note({ submissionId, service, method, checkedAt });
  }

  private async scopeOf(pageId: number, unknownText: string): Promise<PageScope> {
    const { scopes, missingPages } = this.options;
    const scope = scopes.find(pageId);
    if (scope) return scope;
    const found = (await missingPages.findPage(pageId)) && scopes.find(pageId);
    if (!found) throw new ApiError(null, unknownText);
    return found;
  }

  private acceptanceOf(
    pageId: number,
    { referer, idempotencyKey, requestId }: RequestContext,
    fieldPath: string,
  ): KeyedAcceptance {
    const now = this.options.now?.() ?? new Date();
    const key = checkedIdempotencyKey(idempotencyKey);
    const idFor = (ref: string): string =>
      key === null ? uuidV7(now.getTime()) : idempotentSubmissionId({ pageId, fieldPath, ref, key });
    return { now, referer, idFor, hasKey: key !== null, requestId };
  }

  /** The token is all there is to check: whether the item is still open, action-ingest sees when it stores the action. */
  private answering(input: AddActionArguments | AddActionContactArguments, acceptance: KeyedAcceptance) {
    const { action } = input;
    const accepted = this.withFiles(input, acceptance);
    if (action.followUp === undefined || action.followUp === null) return accepted;
    const followUpId = this.options.followUps.open(action.followUp);
    if (followUpId === null) throw InputError.at(['followUp'], 'is invalid');
    return { ...accepted, followUpId };
  }

  /** Each key says all that is known of its file. */
  private withFiles(
    { action, actionPageId }: AddActionArguments | AddActionContactArguments,
    accepted: KeyedAcceptance,
  ): KeyedAcceptance {
    const keys = action.attachments ?? [];
    if (keys.length === 0) return accepted;
    const attachments = readAttachedFiles(this.options.attachments, keys, actionPageId, accepted.now);
    return { ...accepted, attachments };
  }

  private async makeDurable(
    built: BuiltSubmission,
    { now, hasKey, requestId }: KeyedAcceptance,
    input: unknown,
  ): Promise<void> {
    const { submission, json, partition } = built;
    if (hasKey) this.memory.check(submission.id, input);
    if (this.options.checksContracts) ingestMessageV1.parse(submission satisfies IngestMessageV1);
    const path = await this.options.durable.publish({
      id: submission.id,
      type: submission.schema,
      partition,
      json,
      at: now,
    });
    this.options.logger.debug?.({ submissionId: submission.id, requestId, partition, path }, 'accepted');
  }

  /** Counts what was refused, and words what a stranger must not see in detail. */
  private async guarded<T>(context: RequestContext, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.options.metrics.countRefused(error);
      if (error instanceof ApiError && error.code === 'unavailable') {
        context.retryAfterSeconds = Number(error.extra['retryAfterSeconds']);
      }
      if (!(error instanceof ContactNotSealedError)) throw error;
      const { orgId, message, cause } = error;
      this.options.logger.error({ orgId, reason: message, err: cause }, 'contact data cannot be encrypted');
      throw new ApiError(null, 'Contact data cannot be encrypted', {}, { cause: error });
    }
  }
}

const unknownPage = (pageId: number): string => `action_page_id: Cannot find Action Page with id=${pageId}`;
