import { includeFaults, mustacheFaults } from './mjml-result';

it('finds includes in whatever case, with their lines', () => {
  expect(includeFaults('<mjml>\n<mj-include path="a" />\n\n<MJ-Include\npath="b">')).toEqual([
    { line: 2, message: 'no includes' },
    { line: 4, message: 'no includes' },
  ]);
  expect(includeFaults('<mj-included>mj-include</mj-included>')).toEqual([]);
});

describe('what compiling did to the mustache', () => {
  it('is nothing where all sections are still there, blanks or not', () => {
    expect(mustacheFaults('{{# a }}x{{/a}}', '<p>{{#a}}x{{/ a}}</p>')).toEqual([]);
  });

  it('is told by the line of each section that went', () => {
    expect(mustacheFaults('one\n{{#a}}\n{{^b}}x{{/b}}\n{{/a}}', '<p>{{^b}}x{{/b}}</p>')).toEqual([
      { line: 2, message: '{{#a}} between elements belongs in mj-raw' },
      { line: 4, message: '{{/a}} between elements belongs in mj-raw' },
    ]);
  });

  it.each(['{{#a}}{{#b}}{{/a}}{{/b}}', '{{#a}}{{> file}}{{/a}}', '{{a'])(
    'is a fault where the html is no template any more: %s',
    (html) => {
      expect(mustacheFaults('x', html)).toEqual([{ line: null, message: 'breaks the mustache in it' }]);
    },
  );
});
