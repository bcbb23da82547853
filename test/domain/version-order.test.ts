import { expect, it } from 'vitest';
import { compareVersions, versionPattern } from '../../main/domain/version-order.ts';

// The examples of semver.org 2.0.0, section 11, and numbers that texts would order wrongly.
const ascending = [
  '0.1.0-alpha',
  '0.1.0-alpha.1',
  '0.1.0-alpha.beta',
  '0.1.0-beta',
  '0.1.0-beta.2',
  '0.1.0-beta.11',
  '0.1.0-rc.1',
  '0.1.0',
  '0.1.9',
  '0.1.10',
  '0.9.0',
  '0.10.0',
  '1.0.0',
  '10.0.0',
];

it('orders every pair of versions as semver does', () => {
  for (const [left, older] of ascending.entries()) {
    for (const [right, newer] of ascending.entries()) {
      expect([older, newer, Math.sign(compareVersions(older, newer))]).toEqual([
        older,
        newer,
        Math.sign(left - right),
      ]);
    }
  }
});

it('does not look at build metadata', () => {
  expect(compareVersions('1.0.0+linux.1', '1.0.0+linux.2')).toBe(0);
});

it.each(['', '1', '1.0', '01.0.0', 'v1.0.0', '1.0.0-', '1.0.0-a..b', '1.0.0 ', '1.0.0\n', '9999999999.0.0'])(
  'takes "%s" for no version',
  (text) => {
    expect(versionPattern.test(text)).toBe(false);
    expect(() => compareVersions(text, '1.0.0')).toThrow(RangeError);
  },
);
