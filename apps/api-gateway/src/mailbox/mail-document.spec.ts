import { mailDocument } from './mail-document';

const base = '<base target="_blank">';

it.each([
  ['<!doctype html>\n<html><head></head>', `<!doctype html>${base}\n<html><head></head>`],
  [
    '\n<!-- one --><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x.dtd"><html>',
    `\n<!-- one --><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x.dtd">${base}<html>`,
  ],
  ['<!-- one -->\n<!---->  <!doctype html><p>', `<!-- one -->\n<!---->  <!doctype html>${base}<p>`],
  ['<p>Hello', `${base}<p>Hello`],
  ['<p><!doctype html>', `${base}<p><!doctype html>`],
])('lets links of %s open pages of their own, and keeps how it is drawn', (html, document) => {
  expect(mailDocument(html)).toBe(document);
});

it.each([
  ['never do', '<!--'.repeat(100_000)],
  ['are many', `${'<!-- --> '.repeat(100_000)}<p>`],
])('comes to an end with comments that %s', (_, html) => {
  expect(mailDocument(html)).toBe(base + html);
});
