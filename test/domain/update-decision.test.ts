import { describe, expect, it } from 'vitest';
import {
  type DatabaseDemands,
  decideUpdate,
  type FeedEntry,
  isInstallable,
  type Release,
  rolloutShare,
} from '../../main/domain/update-decision.ts';
import { updateInWords } from '../../main/domain/update-words.ts';

const app: Release = { version: '1.1.0', schemaVersion: 20, engineLevel: 2, clientLevel: 2 };
const shared: DatabaseDemands = { kind: 'shared', schemaVersion: 20, minEngineLevel: 2, minClientLevel: 2 };
const newer: FeedEntry = { ...app, version: '1.2.0', stagingPercentage: null };

interface Case {
  name: string;
  app?: Partial<Release>;
  database?: Partial<DatabaseDemands>;
  entry?: Partial<FeedEntry> | { malformed: string };
  decision: string;
  says: string;
  next?: string;
}

const cases: Case[] = [
  {
    name: 'the same version',
    entry: { version: '1.1.0' },
    decision: 'up-to-date',
    says: 'Version 1.1.0 is the newest.',
  },
  {
    name: 'an older version, which fits as well',
    entry: { version: '1.0.9' },
    decision: 'up-to-date',
    says: "newer than the feed's, 1.0.9",
  },
  {
    name: 'a pre-release of this version',
    entry: { version: '1.1.0-rc.1' },
    decision: 'up-to-date',
    says: "newer than the feed's, 1.1.0-rc.1",
  },
  {
    name: 'an app that was installed before its migration, and nothing newer',
    entry: { version: '1.1.0' },
    database: { schemaVersion: 19 },
    decision: 'up-to-date',
    says: 'Version 1.1.0 is the newest.',
    next: 'tenantkeep migrate',
  },
  {
    name: 'a newer version of the same schema',
    decision: 'install',
    says: 'Version 1.2.0 fits the database.',
  },
  {
    name: 'a newer schema on a shared database',
    entry: { schemaVersion: 21 },
    decision: 'waits-for-migration',
    says: 'Version 1.2.0 needs schema version 21; the database has 20.',
    next: '"tenantkeep migrate" of version 1.2.0 first',
  },
  {
    name: 'a newer schema on an embedded database',
    database: { kind: 'embedded' },
    entry: { schemaVersion: 25 },
    decision: 'install',
    says: 'fits the database',
  },
  {
    name: 'a shared database without a schema',
    database: { schemaVersion: 0, minEngineLevel: 0, minClientLevel: 0 },
    decision: 'waits-for-migration',
    says: 'the database has 0',
  },
  {
    name: 'a database that was migrated, and the release for it',
    database: { schemaVersion: 21 },
    entry: { schemaVersion: 21 },
    decision: 'needed-now',
    says: 'works with schema version 20 and does not fit the database, which has 21. Version 1.2.0 does.',
  },
  {
    name: 'a release that everybody else waits for, on a locked app',
    database: { schemaVersion: 21 },
    entry: { schemaVersion: 21, stagingPercentage: 0 },
    decision: 'needed-now',
    says: 'Version 1.2.0 does.',
  },
  {
    name: 'an engine level that was raised past this app',
    database: { minEngineLevel: 3 },
    entry: { engineLevel: 3 },
    decision: 'needed-now',
    says: 'Version 1.2.0 does.',
  },
  {
    name: 'a client level that was raised past this app',
    database: { minClientLevel: 3 },
    entry: { clientLevel: 3 },
    decision: 'needed-now',
    says: 'Version 1.2.0 does.',
  },
  {
    name: 'an app ahead of its database, and a release for the old schema',
    app: { schemaVersion: 21 },
    decision: 'needed-now',
    says: 'Version 1.2.0 does.',
  },
  {
    name: 'an embedded database that a newer service has migrated',
    database: { kind: 'embedded', schemaVersion: 22 },
    entry: { schemaVersion: 23 },
    decision: 'needed-now',
    says: 'Version 1.2.0 does.',
  },
  {
    name: 'a database migrated twice, and a feed between',
    database: { schemaVersion: 22 },
    entry: { schemaVersion: 21 },
    decision: 'too-old',
    says: '1.2.0, works with schema version 21; the database has 22.',
    next: 'put a newer version there',
  },
  {
    name: 'an embedded database beyond the feed',
    database: { kind: 'embedded', schemaVersion: 22 },
    entry: { schemaVersion: 21 },
    decision: 'too-old',
    says: 'the database has 22',
  },
  {
    name: 'a database beyond this app, and a feed that was not renewed',
    database: { schemaVersion: 21 },
    entry: { version: '1.1.0' },
    decision: 'too-old',
    says: '1.1.0, works with schema version 20; the database has 21.',
  },
  {
    name: 'an older version that would fit: never a downgrade',
    database: { schemaVersion: 21 },
    entry: { version: '1.0.0', schemaVersion: 21 },
    decision: 'too-old',
    says: '1.0.0',
  },
  {
    name: 'an engine level under the minimum',
    entry: { engineLevel: 1 },
    decision: 'too-old',
    says: 'has engine level 1; the database allows hosts from 2 on.',
  },
  {
    name: 'a client level under the minimum',
    entry: { clientLevel: 1 },
    decision: 'too-old',
    says: 'has client level 1; the database allows apps from 2 on.',
  },
  { name: 'staged to nobody', entry: { stagingPercentage: 0 }, decision: 'held-back', says: 'goes to 0 %' },
  { name: 'staged to all', entry: { stagingPercentage: 100 }, decision: 'install', says: 'fits' },
  {
    name: 'staged, and waiting for the migration anyway',
    entry: { stagingPercentage: 0, schemaVersion: 21 },
    decision: 'waits-for-migration',
    says: 'needs schema version 21',
  },
  {
    name: 'an entry that is none',
    entry: { malformed: 'vendor is missing or wrong' },
    decision: 'malformed-entry',
    says: 'cannot be used: vendor is missing or wrong.',
  },
];

describe('an update', () => {
  it.each(cases)('$name: $decision', (given) => {
    const facts = {
      app: { ...app, ...given.app },
      database: { ...shared, ...given.database },
      entry:
        given.entry !== undefined && 'malformed' in given.entry ? given.entry : { ...newer, ...given.entry },
      installationId: 'this one',
    };
    const decision = decideUpdate(facts);
    expect(decision.kind).toBe(given.decision);
    const words = updateInWords(decision, facts);
    expect(words.sentence).toContain(given.says);
    expect(words.sentence).toMatch(/^[A-Z].*\.$/);
    expect(words.nextStep ?? '').toContain(given.next ?? '');
    expect(isInstallable(decision)).toBe(['install', 'needed-now'].includes(given.decision));
  });

  it('is decided in each of the seven ways by one of the cases', () => {
    expect(new Set(cases.map(({ decision }) => decision)).size).toBe(7);
  });
});

describe('a staged rollout', () => {
  const ids = Array.from({ length: 4000 }, (_, index) => `installation ${index}`);
  const chosen = (percentage: number, version = '1.2.0'): Set<string> =>
    new Set(
      ids.filter((installationId) =>
        isInstallable(
          decideUpdate({
            app,
            database: shared,
            entry: { ...newer, version, stagingPercentage: percentage },
            installationId,
          }),
        ),
      ),
    );

  it('takes nobody at 0, half at 50 and all at 100', () => {
    expect(chosen(0).size).toBe(0);
    expect(chosen(50).size).toBeGreaterThan(1850);
    expect(chosen(50).size).toBeLessThan(2150);
    expect(chosen(100).size).toBe(ids.length);
  });

  it('keeps who was chosen when the percentage grows, and at the next look', () => {
    expect(chosen(20)).toEqual(chosen(20));
    const [few, more] = [chosen(20), chosen(30)];
    expect([...few].filter((id) => !more.has(id))).toEqual([]);
  });

  it('begins with other installations at the next version', () => {
    const [first, next] = [chosen(20), chosen(20, '1.3.0')];
    const both = [...first].filter((id) => next.has(id)).length;
    expect(both).toBeLessThan(first.size / 2);
  });

  it('has a share from 0 up to but not including 100', () => {
    const shares = ids.map((id) => rolloutShare(id, '1.2.0'));
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...shares)).toBeLessThan(100);
  });
});
