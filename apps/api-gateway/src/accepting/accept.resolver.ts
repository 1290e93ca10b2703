import { Inject } from '@nestjs/common';
import { Mutation, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { RequestContext } from '../auth/access';
import type {
  AddActionArguments,
  AddActionContactArguments,
  ContactReference,
  LinkActionsArguments,
} from './accept-arguments';
import { SubmissionIntake } from './submission-intake';

type Info = Pick<GraphQLResolveInfo, 'path'>;

/** The public mutations of graphql-api.md §5.3. */
@Resolver()
export class AcceptResolver {
  constructor(@Inject(SubmissionIntake) private readonly intake: SubmissionIntake) {}

  @Mutation('addActionContact')
  addActionContact(
    _parent: unknown,
    args: AddActionContactArguments,
    context: RequestContext,
    info: Info,
  ): Promise<ContactReference> {
    return this.intake.addActionContact(args, context, fieldPathOf(info));
  }

  @Mutation('addAction')
  addAction(
    _parent: unknown,
    args: AddActionArguments,
    context: RequestContext,
    info: Info,
  ): Promise<ContactReference> {
    return this.intake.addAction(args, context, fieldPathOf(info));
  }

  @Mutation('linkActions')
  linkActions(
    _parent: unknown,
    args: LinkActionsArguments,
    context: RequestContext,
    info: Info,
  ): Promise<ContactReference> {
    return this.intake.linkActions(args, context, fieldPathOf(info));
  }
}

/** Response path of a root field: its alias, else its name. The index in a batch is part of the key (RequestContext). */
const fieldPathOf = ({ path }: Info): string => String(path.key);
