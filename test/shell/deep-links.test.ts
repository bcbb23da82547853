import { describe, expect, it } from 'vitest';
import { pageOfArguments, pageOfLink } from '../../main/shell/deep-links.ts';

const id = '0b9f2c1e-52c7-4d7e-9a53-1f2d3c4b5a69';

describe('a link of ours', () => {
  it.each([
    ['tenantkeep://overview', '/'],
    ['tenantkeep://runs', '/runs'],
    ['tenantkeep://runs/', '/runs'],
    [`tenantkeep://runs?run=${id}&runTenant=${id}`, `/runs?run=${id}&runTenant=${id}`],
    [`tenantkeep://audit?tenantId=${id}&action=x&constructor=y`, `/audit?tenantId=${id}`],
    ['tenantkeep://runs?run=../../etc/passwd', '/runs'],
    [`tenantkeep://runs?run=${id}%23/settings`, '/runs'],
  ])('%s opens %s', (link, page) => {
    expect(pageOfLink(link)).toBe(page);
  });

  it.each([
    'tenantkeep://',
    'tenantkeep://unknown',
    'tenantkeep:runs',
    'https://runs',
    'javascript:alert(1)',
    'tenantkeep://runs@evil',
    '--inspect',
    '',
  ])('%s opens nothing', (link) => {
    expect(pageOfLink(link)).toBeNull();
  });

  it('is found among the words of a command line', () => {
    expect(pageOfArguments(['/usr/bin/tenantkeep', '--flag', 'tenantkeep://tenants'])).toBe('/tenants');
    expect(pageOfArguments(['/usr/bin/tenantkeep', 'report.csv'])).toBeNull();
  });
});
