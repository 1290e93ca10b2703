import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { ErasureService } from './erasure.service';

interface ContactArguments {
  orgName: string;
  contactRef: string;
}

@Resolver()
export class ErasureResolver {
  constructor(private readonly erasures: ErasureService) {}

  @Mutation('eraseContact')
  eraseContact(@Args() { orgName, contactRef }: ContactArguments, @Context() { viewer }: RequestContext) {
    return this.erasures.erase(viewer, 'eraseContact', orgName, contactRef);
  }

  @Mutation('deleteContact')
  deleteContact(@Args() { orgName, contactRef }: ContactArguments, @Context() { viewer }: RequestContext) {
    return this.erasures.delete(viewer, orgName, contactRef);
  }
}
