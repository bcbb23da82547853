import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAuditChain } from '../../main/audit/verify-chain.ts';
import { verifyBackupSets } from '../../main/engine/backup/verify.ts';
import type { BackupFixture } from '../backup/backup-fixture.ts';
import { createDamageFixture, plantInSets, setDamages } from '../backup/set-damages.ts';
import { randomOf } from '../support/random.ts';
import {
  auditDamages,
  createAuditDamageFixture,
  plantInAudit,
  type AuditDamageFixture,
} from './audit-damages.ts';

/**
 * Damages planted with every right there is. The ordinary pass is short; `npm run torture -- --only R16` asks for a
 * thousand through the environment and reads the counts from a file.
 */
const seed = Number(process.env['TENANTKEEP_TEST_SEED'] ?? 20261124);
const total = Number(process.env['TENANTKEEP_DAMAGES'] ?? 150);
const reportFile = process.env['TENANTKEEP_DAMAGES_REPORT'];
const counts = {
  seed,
  planted: 0,
  found: 0,
  falseAlarms: 0,
  checksOfTheUndamaged: 0,
  unseen: [] as string[],
};

let sets: BackupFixture;
let audit: AuditDamageFixture;
beforeAll(async () => {
  [sets, audit] = await Promise.all([createDamageFixture(), createAuditDamageFixture()]);
}, 60_000);
afterAll(async () => {
  if (reportFile !== undefined) writeFileSync(reportFile, JSON.stringify(counts));
  await sets?.close();
  await audit?.close();
});

describe(`planted damages (seed ${seed})`, { timeout: 600_000 }, () => {
  it(`to the audit are all found against the saved ends: ${Math.floor(total / 2)}`, async () => {
    const makers = auditDamages(audit, randomOf(seed));
    for (let round = 0; round < Math.floor(total / 2); round += 1) {
      const damage = makers[round % makers.length]!();
      const { tenant, other } = await plantInAudit(audit, damage);
      counts.planted += 1;
      if (tenant === null || tenant.firstBroken !== null) counts.found += 1;
      else counts.unseen.push(`audit: ${damage.what}`);
      // The neighbour's chain is not blamed, unless the damage took something from it.
      if (!/tenants swapped|another tenant/.test(damage.what)) {
        counts.checksOfTheUndamaged += 1;
        if (other?.firstBroken !== null) counts.falseAlarms += 1;
      }
    }
    expect(counts).toMatchObject({ unseen: [], falseAlarms: 0 });
  });

  it(`to backup sets are all found: ${Math.ceil(total / 2)}`, async () => {
    const makers = await setDamages(sets, randomOf(seed + 1));
    for (let round = 0; round < Math.ceil(total / 2); round += 1) {
      const damage = makers[round % makers.length]!();
      const report = await plantInSets(sets, damage);
      counts.planted += 1;
      if (report.damages.length > 0) counts.found += 1;
      else counts.unseen.push(`sets: ${damage[0]} ${JSON.stringify(damage[1])}`);
    }
    expect(counts.unseen).toEqual([]);
  });

  it('leave nothing behind, and nothing undamaged is blamed', async () => {
    const { superuser } = audit.database;
    for (const tenantId of [audit.tenant, audit.other, null]) {
      counts.checksOfTheUndamaged += 1;
      if ((await verifyAuditChain(superuser, tenantId, audit.saved)).firstBroken !== null)
        counts.falseAlarms += 1;
    }
    for (let round = 0; round < 20; round += 1) {
      counts.checksOfTheUndamaged += 1;
      if ((await verifyBackupSets(sets.db, sets.tenantId)).damages.length > 0) counts.falseAlarms += 1;
    }
    expect(counts.falseAlarms).toBe(0);
  });
});
