import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { PageSelection } from '../mails/page-selection';
import type { RuleGiven } from './rule-view';
import { RuleService } from './rule.service';

@Resolver()
export class RuleResolver {
  constructor(private readonly service: RuleService) {}

  @Query('rules')
  rules(@Args('orgName') orgName: string, @Context() { viewer }: RequestContext) {
    return this.service.list(viewer, orgName);
  }

  @Query('ruleFirings')
  ruleFirings(
    @Args() { orgName, ruleId, ...page }: PageSelection & { orgName: string; ruleId: number },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.firings(viewer, orgName, ruleId, page);
  }

  @Mutation('addRule')
  addRule(
    @Args() { orgName, input }: { orgName: string; input: RuleGiven & { trigger: string } },
    @Context() { viewer }: RequestContext,
  ) {
    const { trigger, ...given } = input;
    return this.service.add(viewer, orgName, trigger, given);
  }

  @Mutation('updateRule')
  updateRule(
    @Args() { orgName, id, input }: { orgName: string; id: number; input: RuleGiven },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.update(viewer, orgName, id, input);
  }

  @Mutation('deleteRule')
  deleteRule(@Args() { orgName, id }: { orgName: string; id: number }, @Context() { viewer }: RequestContext) {
    return this.service.remove(viewer, orgName, id);
  }
}
