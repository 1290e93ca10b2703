import { mailDocument } from './mail-document';

const base = '<base target="_blank">';

it.each([
  ['<!doctype html>\n<html><head></head>', `<!doctype html>${base}\n<html><head></head>`],
  [
    '\n<!-- one --><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x.dtd"><html>',
    `\n<!-- one --><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x.dtd">${base}<html>`,
  ],
  ['<p>Hello', `${base}<p>Hello`],
  ['<p><!doctype html>', `${base}<p><!doctype html>`],
])('lets links of %s open pages of their own, and keeps how it is drawn', (html, document) => {
  expect(mailDocument(html)).toBe(document);
});

it('comes to an end with comments that never do', () => {
  const html = '<!--'.repeat(100_000);
  expect(mailDocument(html)).toBe(base + html);
});
