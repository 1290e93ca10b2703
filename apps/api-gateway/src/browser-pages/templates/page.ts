/** What a page shows, apart from how it looks. */
export interface Page {
  title: string;
  lead?: string;
  forms?: Form[];
  /** Ways on. */
  links?: { href: string; text: string; isMain?: boolean }[];
}

export interface Form {
  id: string;
  /** Whose password it is, for password managers, where the form does not ask for it. */
  username?: string;
  /** Where a page has several forms. */
  heading?: string;
  action: string;
  /** For what browsers' forms cannot send by themselves. */
  method?: 'put' | 'delete';
  hidden?: { name: string; value: string }[];
  fields?: Field[];
  button: string;
  /** Of the form as a whole. */
  problem?: string;
}

export interface Field {
  id: string;
  name: string;
  label: string;
  type: 'email' | 'password' | 'checkbox';
  autocomplete?: 'username' | 'current-password' | 'new-password';
  hint?: string;
  value?: string;
  problems?: string[];
  isChecked?: boolean;
}
