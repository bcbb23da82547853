import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { connectionFileOfArguments, withoutConnectionFiles } from '../../main/shell/connection-files.ts';

describe('the words of a start', () => {
  it.each([
    [['tenantkeep', '/home/rita/rita.connection'], '/home/rita/rita.connection'],
    [['tenantkeep', 'rita.connection'], '/work place/rita.connection'],
    [['tenantkeep', '--home=/x', '../RITA.CONNECTION'], '/RITA.CONNECTION'],
    // File managers of Linux give addresses.
    [['tenantkeep', pathToFileURL('/home/r ü/a.connection').href], '/home/r ü/a.connection'],
    [['tenantkeep', 'a.connection', 'b.connection'], '/work place/a.connection'],
    [['tenantkeep', '--home=/x.connection'], null],
    [['tenantkeep', 'file://stranger/share/a.connection'], null],
    [['tenantkeep', 'file:///a%2Fb.connection'], null],
    [['tenantkeep', 'tenantkeep://runs', 'a.connection.exe', 'connection'], null],
    [[], null],
  ])('%j name %s', (words, file) => {
    expect(connectionFileOfArguments(words, '/work place')).toBe(file);
  });

  it('are used again without the file', () => {
    expect(withoutConnectionFiles(['/app', '--home=/x', '/tmp/a.connection'])).toEqual(['/app', '--home=/x']);
  });
});
