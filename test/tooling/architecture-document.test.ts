import { describe, expect, it } from 'vitest';
import { coverageTable } from '../../main/domain/policy-types/coverage-table.ts';
import { writtenCoverage } from '../support/coverage-section.ts';

describe('ARCHITECTURE.md', () => {
  it('shows the registry as it is (mend with: node test/support/coverage-section.ts)', () => {
    expect(writtenCoverage()).toBe(coverageTable().trim());
  });
});
