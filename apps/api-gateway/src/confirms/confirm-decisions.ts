import { confirmOperationFromCode } from '@groundswell/domain';
import { Catalogue, Database, type Confirm } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Access } from '../auth/access';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { viewOrg, type OrgView } from '../orgs/org.view';
import { viewPage, type PageView } from '../pages/page.view';
import { isMadeFor, type ConfirmInput } from './confirm-match';
import { ConfirmOperations, type Accepted, type CatalogueOperation } from './confirm-operations';
import { ConfirmRepository } from './confirm.repository';

export type Verb = 'accept' | 'reject';

export interface ConfirmOutcome {
  status: 'SUCCESS' | 'NOOP';
  actionPage?: PageView;
  org?: OrgView;
  /** With an object only. */
  message?: string | null;
}

/** Whoever has the code may try it with this many wrong addresses or objects; then it is as good as used up. */
const mostWrongAttempts = 10;
const codeForm = /^\d{1,32}$/;

const expired = (): ApiError => new ApiError('expired', 'expired');

/**
 * Accepting and rejecting confirms of the catalogue, for API and links alike. The charge goes in the transaction of the
 * operation, so two at once succeed once, and one that fails keeps its charge.
 */
@Injectable()
export class ConfirmDecisions {
  private readonly operations: ConfirmOperations;

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    catalogue: Catalogue,
  ) {
    this.operations = new ConfirmOperations(catalogue, lookup);
  }

  /** Null when there is none, or it was made for another address or object. */
  async find(input: ConfirmInput): Promise<Confirm | null> {
    if (!codeForm.test(input.code)) return null;
    const confirm = await this.database.run((manager) => new ConfirmRepository(manager).findByCode(input.code));
    if (!confirm || isMadeFor(confirm, input)) return confirm;
    await this.database.run((manager) => new ConfirmRepository(manager).noteWrongAttempt(confirm.id));
    return null;
  }

  /** Which operation it is for. Throws what `decide` would throw before it writes; changes nothing. */
  async judge(confirm: Confirm, access: Access, verb: Verb): Promise<CatalogueOperation> {
    const operation = await this.requireEntitled(confirm, access);
    const isUsedUp = confirm.charges <= 0 || confirm.expiresAt.getTime() <= Date.now();
    if (verb === 'accept' && isUsedUp) throw expired();
    return operation;
  }

  /** Throws ApiError when the caller may not decide, when it is used up, and when the operation is impossible. */
  async decide(confirm: Confirm, access: Access, verb: Verb): Promise<ConfirmOutcome> {
    const operation = await this.requireEntitled(confirm, access);
    return verb === 'accept' ? this.accept(confirm, operation, access) : this.reject(confirm, operation, access);
  }

  private async requireEntitled(confirm: Confirm, access: Access): Promise<CatalogueOperation> {
    if (confirm.wrongAttempts >= mostWrongAttempts) throw expired();
    const operation = operationOf(confirm);
    await this.operations[operation].requireEntitled(confirm, access);
    return operation;
  }

  private async accept(confirm: Confirm, operation: CatalogueOperation, access: Access): Promise<ConfirmOutcome> {
    const run = await this.operations[operation].prepare(confirm, access);
    const accepted = await this.writer.write(access.viewer, async (manager, effects) => {
      if (!(await new ConfirmRepository(manager).takeCharge(confirm.id))) throw expired();
      effects.audit('confirm', confirm.id, auditOf('acceptConfirm', operation, confirm));
      return run({ manager, effects });
    });
    return this.view(confirm, accepted, access);
  }

  private async reject(confirm: Confirm, operation: CatalogueOperation, access: Access): Promise<ConfirmOutcome> {
    const isClosed = await this.writer.write(access.viewer, async (manager, effects) => {
      effects.audit('confirm', confirm.id, auditOf('rejectConfirm', operation, confirm));
      return new ConfirmRepository(manager).close(confirm.id);
    });
    return { status: isClosed ? 'SUCCESS' : 'NOOP' };
  }

  private async view(
    confirm: Confirm,
    { isChanged, pageId, membership }: Accepted,
    access: Access,
  ): Promise<ConfirmOutcome> {
    const status = isChanged ? 'SUCCESS' : 'NOOP';
    if (pageId !== undefined) {
      const page = await this.lookup.page(pageId);
      const actionPage = viewPage(page, await this.lookup.campaign(page.campaignId), access);
      return { status, actionPage, message: confirm.message };
    }
    if (!membership) return { status };
    const org = await this.lookup.findOrgById(membership.orgId);
    if (!org) throw entityNotFound();
    return { status, org: viewOrg(org, { viewer: access.viewer, membership }), message: confirm.message };
  }
}

function operationOf({ operation }: Confirm): CatalogueOperation {
  const name = confirmOperationFromCode(operation);
  if (name === 'confirm_action') throw new ApiError(null, 'code invalid');
  return name;
}

const auditOf = (operation: string, confirmOperation: CatalogueOperation, { subjectId, objectId }: Confirm) => ({
  operation,
  confirmOperation,
  subjectId,
  objectId,
});
