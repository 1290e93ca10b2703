import { Action } from './action.entity';
import { ActionConfirm } from './action-confirm.entity';
import { Contact } from './contact.entity';
import { Donation } from './donation.entity';
import { Message } from './message.entity';
import { MessageContent } from './message-content.entity';
import { Source } from './source.entity';
import { Supporter } from './supporter.entity';

/** Every entity of schema `actions`. */
export const actionEntities = [Action, ActionConfirm, Contact, Donation, Message, MessageContent, Source, Supporter];
