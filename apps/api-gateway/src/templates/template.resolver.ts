import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { TemplateInput } from './template-input';
import { TemplateService } from './template.service';

@Resolver()
export class TemplateResolver {
  constructor(private readonly templates: TemplateService) {}

  @Mutation('upsertTemplate')
  upsertTemplate(
    @Args('orgName') orgName: string,
    @Args('input') input: TemplateInput,
    @Context() { viewer }: RequestContext,
  ) {
    return this.templates.upsert(viewer, orgName, input);
  }
}
