import { hash } from 'node:crypto';
import { styleSheet } from '../browser-pages/templates/style';

/** That of the other pages, with what lists and mails need. */
export const mailboxStyleSheet = `${styleSheet}
main { max-width: 72rem; }
h1 { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 0 0 1.5rem; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); }
caption { text-align: left; color: var(--soft); padding: 0 0 0.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
tbody tr:last-child td { border-bottom: 0; }
td.subject { min-width: 16rem; font-weight: 600; }
td.who-cell { min-width: 17rem; }
.address { color: var(--soft); font-size: 0.9rem; }
td.when { white-space: nowrap; color: var(--soft); }
dl.mail { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.25rem; margin: 0 0 1.5rem; }
dl.mail dt { color: var(--soft); }
dl.mail dd { margin: 0; overflow-wrap: anywhere; }
.parts [aria-current] { color: var(--text); font-weight: 600; text-decoration: none; }
iframe { display: block; width: 100%; height: 75vh; resize: vertical; background: #ffffff; color-scheme: light;
  border: 1px solid var(--line); }
pre { background: var(--card); border: 1px solid var(--line); padding: 1rem; margin: 0; white-space: pre-wrap;
  overflow-wrap: anywhere; font: 0.9rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
`;

export const mailboxStylePath = '/mailbox/style.css';
/** In its address, so browsers may keep it for ever. */
export const mailboxStyleVersion = hash('sha256', mailboxStyleSheet).slice(0, 12);
