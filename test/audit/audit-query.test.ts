import { array, assert, boolean, constantFrom, property, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  auditQueryFields,
  completeAuditQuery,
  formatAuditQuery,
  parseAuditQuery,
} from '../../shared/model/audit-query.ts';

const term = (field: string, value: string, exclude = false) => ({ field, value, exclude });

describe('the query of the audit page', () => {
  it.each([
    ['', []],
    ['   ', []],
    ['actor:anna', [term('actor', 'anna')]],
    ['ACTOR:Anna', [term('actor', 'Anna')]],
    ['-action:run. outcome:denied', [term('action', 'run.', true), term('outcome', 'denied')]],
    ['tenant:"Contoso Ltd" late', [term('tenant', 'Contoso Ltd'), term('text', 'late')]],
    ['"two words" -third', [term('text', 'two words'), term('text', 'third', true)]],
    [String.raw`after:"say \"no\""`, [term('after', 'say "no"')]],
    ['actor:', []],
    ['-', []],
    ['-actor:', []],
    ['actor:"Anna B', [term('actor', 'Anna B')]],
    ['unknown:x', [term('text', 'unknown:x')]],
    ['target:4a1b-2', [term('target', '4a1b-2')]],
  ])('reads %j', (text, terms) => {
    expect(parseAuditQuery(text)).toEqual(terms);
  });

  it('is the same as text and as terms', () => {
    const values = string({ unit: 'binary', minLength: 1, maxLength: 30 }).filter(
      (text) => text.trim() !== '',
    );
    const terms = array(
      record({
        field: constantFrom(...auditQueryFields, 'text' as const),
        value: values.map((value) => value.trim()),
        exclude: boolean(),
      }),
      { maxLength: 6 },
    );
    assert(
      property(terms, (wanted) => {
        expect(parseAuditQuery(formatAuditQuery(wanted))).toEqual(wanted);
      }),
      { numRuns: 2000 },
    );
  });

  it('never fails, whatever is typed', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 200 }), (text) => {
        const once = parseAuditQuery(text);
        expect(parseAuditQuery(formatAuditQuery(once))).toEqual(once);
        completeAuditQuery(text, text.length, {});
      }),
      { numRuns: 2000 },
    );
  });

  it('offers fields, then the values that are known of a field', () => {
    const known = { outcome: ['success', 'failure', 'denied'], tenant: ['Contoso Ltd'] };
    const offered = (text: string) => completeAuditQuery(text, text.length, known).suggestions;
    expect(offered('a')).toEqual(['actor:', 'action:', 'after:']);
    expect(offered('late -ou')).toEqual(['-outcome:']);
    expect(offered('outcome:d')).toEqual(['outcome:denied']);
    expect(offered('tenant:cont')).toEqual(['tenant:"Contoso Ltd"']);
    expect(offered('tenant:"Contoso L')).toEqual(['tenant:"Contoso Ltd"']);
    expect(completeAuditQuery('actor:a outcome:f late', 17, known)).toEqual({
      from: 8,
      to: 17,
      suggestions: ['outcome:failure'],
    });
  });
});
