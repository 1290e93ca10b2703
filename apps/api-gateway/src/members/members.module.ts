import { Module } from '@nestjs/common';
import { ConfirmsModule } from '../confirms/confirms.module';
import { MemberResolver } from './member.resolver';
import { MemberService } from './member.service';

/** Who works for which org. */
@Module({ imports: [ConfirmsModule], providers: [MemberService, MemberResolver] })
export class MembersModule {}
