import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { MemberService, type OrgUserInput } from './member.service';

interface OrgUser {
  orgName: string;
  input: OrgUserInput;
}

@Resolver()
export class MemberResolver {
  constructor(private readonly members: MemberService) {}

  @Mutation('addOrgUser')
  async addOrgUser(@Args() { orgName, input }: OrgUser, @Context() { viewer }: RequestContext) {
    return { status: await this.members.add(viewer, orgName, input) };
  }

  @Mutation('inviteOrgUser')
  inviteOrgUser(
    @Args() { orgName, input, message }: OrgUser & { message?: string | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.members.invite(viewer, orgName, input, message);
  }

  @Mutation('updateOrgUser')
  async updateOrgUser(@Args() { orgName, input }: OrgUser, @Context() { viewer }: RequestContext) {
    await this.members.update(viewer, orgName, input);
    return { status: 'SUCCESS' };
  }

  @Mutation('deleteOrgUser')
  async deleteOrgUser(
    @Args('orgName') orgName: string,
    @Args('email') email: string,
    @Context() { viewer }: RequestContext,
  ) {
    await this.members.remove(viewer, orgName, email);
    return { status: 'SUCCESS' };
  }

  @Mutation('joinOrg')
  async joinOrg(@Args('name') name: string, @Context() { viewer }: RequestContext) {
    return { status: 'SUCCESS', org: await this.members.join(viewer, name) };
  }
}
