import { integerCodes } from '../codes/integer-codes';

export type ContactSchema = 'basic' | 'popular_initiative' | 'eci' | 'it_ci';

const codes = integerCodes<ContactSchema>('contact schema', { basic: 0, popular_initiative: 1, eci: 2, it_ci: 3 });

export const contactSchemaCode = codes.code;
export const contactSchemaFromCode = codes.value;
