import type { ConfirmOperation } from '@groundswell/domain';
import { checkAccountEmail, isStorableText, invalidError } from '@groundswell/domain';
import { Catalogue, type CatalogueCampaign, type CatalogueOrg, type Confirm } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ApiError, InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import type { WriteEffects } from '../catalogue-writing/write-effects';
import { UserRepository } from '../users/user.repository';
import { emitConfirmCreated } from './confirm-created-event';
import { ConfirmRepository, type NewConfirm } from './confirm.repository';

/** It goes into a mail and an event. */
const maxMessageLength = 10_000;

export interface ConfirmRequest extends Omit<NewConfirm, 'creatorId'> {
  /** Of the mutation, for the audit log. */
  mutation: string;
  /** Whom the event is for; null: the instance org. */
  askedOrgId: number | null;
  campaign?: CatalogueCampaign;
  org?: CatalogueOrg;
}

/** Asking somebody to decide (graphql-api.md §5.8): the row, its event, its fact and its audit entry, in the caller's
 *  transaction. */
@Injectable()
export class ConfirmRequests {
  constructor(
    private readonly catalogue: Catalogue,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  async create(
    manager: EntityManager,
    effects: WriteEffects,
    viewer: Viewer,
    { mutation, askedOrgId, campaign, org, ...confirm }: ConfirmRequest,
  ): Promise<Confirm> {
    const row = await new ConfirmRepository(manager).insert({ ...confirm, creatorId: viewer.userId });
    emitConfirmCreated(effects, {
      confirm: row,
      operation: confirm.operation,
      creator: await new UserRepository(manager).findById(viewer.userId),
      recipientOrgId: askedOrgId ?? this.instanceOrgId(),
      publicUrl: this.surroundings.settings.publicUrl,
      ...(campaign ? { campaign } : {}),
      ...(org ? { org } : {}),
    });
    effects.audit('confirm', row.id, auditOf(mutation, confirm));
    return row;
  }

  private instanceOrgId(): number {
    const org = this.catalogue.orgByName(this.surroundings.settings.instanceOrgName);
    if (!org) throw new ApiError('not_found', 'Org not found');
    return org.id;
  }
}

const auditOf = (
  operation: string,
  { operation: confirmOperation, subjectId, objectId }: { operation: ConfirmOperation } & Omit<NewConfirm, 'creatorId'>,
) => ({ operation, confirmOperation, subjectId, objectId });

/** The message as stored; empty is none. */
export function readMessage(message: string | null | undefined): string | null {
  if (!message) return null;
  if (!isStorableText(message)) throw InputError.at(['message'], invalidError);
  if ([...message].length > maxMessageLength) {
    throw InputError.at(['message'], `should be at most ${maxMessageLength} character(s)`);
  }
  return message;
}

/** The address as stored. */
export function readEmail(email: string): string {
  const trimmed = email.trim();
  const problem = isStorableText(trimmed) ? checkAccountEmail(trimmed) : invalidError;
  if (problem) throw InputError.at(['email'], problem);
  return trimmed;
}
