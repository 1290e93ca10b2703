import { Module } from '@nestjs/common';
import { MjmlCompiler } from './mjml-compiler';
import { TemplateResolver } from './template.resolver';
import { TemplateService } from './template.service';

/** Mail templates of orgs. */
@Module({ providers: [TemplateService, TemplateResolver, MjmlCompiler] })
export class TemplatesModule {}
