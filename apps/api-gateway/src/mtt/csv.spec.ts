import { csvRow } from './csv';

describe('csvRow', () => {
  it.each([
    [['a', null, ''], 'a,,'],
    [['a,b', 'say "hi"', 'two\nlines', 'two\r\nlines'], '"a,b","say ""hi""","two\nlines","two\r\nlines"'],
    [['=1+1', '+49 1', '-x', '@SUM(A1)'], "'=1+1,'+49 1,'-x,'@SUM(A1)"],
    [['=HYPERLINK("https://x","y")'], `"'=HYPERLINK(""https://x"",""y"")"`],
    [['\tx', '\r=1'], `'\tx,"'\r=1"`],
    [['a=b', ' =1', 'ż"'], 'a=b, =1,"ż"""'],
  ])('%j', (cells, row) => {
    expect(csvRow(cells)).toBe(row);
  });
});
