import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareItem } from '../../main/engine/backup/compare-sets.ts';
import { diffBackupSets } from '../../main/engine/backup/diff.ts';
import { createBackupFixture, policy, policyType, type BackupFixture } from './backup-fixture.ts';

describe('the comparison of two backup sets', () => {
  let fixture: BackupFixture;
  beforeAll(async () => {
    fixture = await createBackupFixture(['alpha', 'beta', 'gamma'].map((key) => policyType(key)));
  });
  afterAll(async () => fixture?.close());

  it('lists what was added, changed and removed, and what cannot be compared', async () => {
    const before = await fixture.run(
      new Map([
        ['alpha', { items: [policy('a1'), policy('a2'), policy('a3')] }],
        ['beta', { items: [policy('b1')] }],
        ['gamma', { items: [] }],
      ]),
    );
    const after = await fixture.run(
      new Map([
        [
          'alpha',
          {
            items: [
              policy('a1', { wifiPassword: 'CANARY-diff', description: 'other' }),
              policy('a3'),
              policy('a4'),
            ],
          },
        ],
        ['beta', { items: [], reading: { outcome: 'incomplete' as const, reason: 'list_broken' as const } }],
        ['gamma', { items: [] }],
      ]),
    );
    const address = (setId: string | null) => ({ tenantId: fixture.tenantId, setId: setId! });
    const diff = await diffBackupSets(fixture.db, address(before.backupSetId), address(after.backupSetId));
    expect(diff.counts).toEqual({ added: 1, changed: 1, removed: 1 });
    expect(after.completion.counts).toMatchObject(diff.counts);
    expect(diff.notCompared).toEqual([{ typeKey: 'beta', reason: 'incomplete_after' }]);
    const alpha = diff.compared.find((type) => type.typeKey === 'alpha')!;
    expect(alpha.added.map((item) => item.id)).toEqual(['a4']);
    expect(alpha.removed.map((item) => [item.id, item.name])).toEqual([['a2', 'Policy a2']]);
    const changes = await compareItem(
      fixture.db,
      address(before.backupSetId),
      address(after.backupSetId),
      'alpha',
      alpha.changed[0]!,
    );
    expect(changes).toEqual([
      { pointer: '/description', kind: 'changed', before: 'made up', after: 'other', secret: false },
      { pointer: '/wifiPassword', kind: 'added', after: '(secret)', secret: true },
    ]);
  });
});
