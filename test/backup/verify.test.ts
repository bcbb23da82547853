import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyBackupSets } from '../../main/engine/backup/verify.ts';
import { randomOf } from '../support/random.ts';
import type { BackupFixture } from './backup-fixture.ts';
import { createDamageFixture, plantInSets, setDamages } from './set-damages.ts';

const seed = Number(process.env['TENANTKEEP_TEST_SEED'] ?? 20261124);
describe('verification of backup sets', () => {
  let fixture: BackupFixture;
  beforeAll(async () => {
    fixture = await createDamageFixture();
  });
  afterAll(async () => fixture?.close());

  const damaged = (plant: string, parameters: unknown[] = []) => plantInSets(fixture, [plant, parameters]);

  it('finds nothing wrong with what was written', async () => {
    const report = await verifyBackupSets(fixture.db, fixture.tenantId);
    expect(report).toMatchObject({ setsVerified: 4, setsDamaged: 0, itemsVerified: 144, damages: [] });
  });

  it(`finds every one of 240 planted damages (seed ${seed})`, async () => {
    const random = randomOf(seed);
    const plants = await setDamages(fixture, random);
    const unseen: string[] = [];
    for (let round = 0; round < 240; round += 1) {
      const [text, parameters] = plants[round % plants.length]!();
      const report = await damaged(text, parameters);
      if (report.damages.length === 0) unseen.push(`${text} ${JSON.stringify(parameters)}`);
    }
    expect(unseen).toEqual([]);
  }, 120_000);

  it('names the set, the type and the item', async () => {
    const report = await damaged(
      `update app.payloads p set bytes = set_byte(bytes, 40, get_byte(bytes, 40) # 1) from app.policies o
        where o.config_sha256 = p.sha256 and o.graph_id = 'beta-3' returning 1`,
    );
    expect(report.damages[0]).toMatchObject({
      kind: 'payload_damaged',
      typeKey: 'beta',
      itemId: 'beta-3',
      itemName: 'Policy beta-3',
    });
    expect(report.damages[0]!.setId).not.toBeNull();
    const part = await damaged(
      `update app.run_types p set captured = 11 from app.backup_sets s
        where s.run_id = p.run_id and s.sequence = 2 and p.policy_type = 'gamma' returning 1`,
    );
    expect(part.damages.map((damage) => [damage.kind, damage.sequence, damage.typeKey])).toContainEqual([
      'part_differs',
      2,
      'gamma',
    ]);
  });

  it('notices that the newest sets were cut off', async () => {
    const report = await damaged(`delete from app.backup_sets where sequence >= 3 returning 1`);
    expect(report.damages.map((damage) => damage.kind)).toContain('head_differs');
  });
});
