import { verifyBackupSets, type VerifyReport } from '../../main/engine/backup/verify.ts';
import {
  createBackupFixture,
  policy,
  policyType,
  type BackupFixture,
  type ScriptedTenant,
} from './backup-fixture.ts';

/** Damages to the stored rows of backup sets, as somebody with the disk in hand could do them. */

const types = ['alpha', 'beta', 'gamma', 'delta'].map((key) => policyType(key));

function tenantInRound(round: number): ScriptedTenant {
  const script: ScriptedTenant = new Map();
  for (const { key } of types.slice(0, 3)) {
    script.set(key, {
      items: Array.from({ length: 12 }, (_, index) =>
        policy(`${key}-${index}`, { description: index % 4 === round % 4 ? `round ${round}` : 'steady' }),
      ),
    });
  }
  script.set('delta', { reading: { outcome: 'not_available', reason: 'not_licensed', expected: null } });
  return script;
}

/** Four sets of one tenant, chained, with unchanged, changed and unavailable policy types. */
export async function createDamageFixture(): Promise<BackupFixture> {
  const fixture = await createBackupFixture(types);
  for (let round = 0; round < 4; round += 1) await fixture.run(tenantInRound(round));
  return fixture;
}

/** One damage: a statement that answers a row for each row that it touched. */
export type Damage = [text: string, parameters: unknown[]];

/** Plants one damage as the superuser, verifies, and takes it back. */
export async function plantInSets(
  fixture: BackupFixture,
  [plant, parameters]: Damage,
): Promise<VerifyReport> {
  const rollback = new Error('rollback');
  let report: VerifyReport | null = null;
  let touched = 0;
  try {
    await fixture.test.superuser.transaction(async (tx) => {
      // Neither triggers nor foreign keys protect the rows from somebody with the disk in hand.
      await tx.query(`set local session_replication_role = replica`);
      for (const constraint of ['check', 'check1', 'check2', 'tenant_id_sequence_key']) {
        await tx.query(`alter table app.backup_sets drop constraint backup_sets_${constraint}`);
      }
      for (const constraint of ['check', 'check1', 'outcome_check']) {
        await tx.query(`alter table app.run_types drop constraint run_types_${constraint}`);
      }
      await tx.query(`alter table app.backup_set_heads drop constraint backup_set_heads_check`);
      touched = (await tx.query(plant, parameters)).length;
      report = await verifyBackupSets(tx, fixture.tenantId);
      throw rollback;
    });
  } catch (error) {
    if (error !== rollback) throw error;
  }
  if (touched === 0) throw new Error(`This damage touched nothing: ${plant}`);
  return report!;
}

/** Makers of damages of every kind, to be called in turn; what each of them hits is drawn from `random`. */
export async function setDamages(fixture: BackupFixture, random: () => number): Promise<(() => Damage)[]> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const { superuser } = fixture.test;
  const payloads = await superuser.query<Record<string, never>>(
    `select sha256, octet_length(bytes) as length from app.payloads`,
  );
  const manifests = await superuser.query<Record<string, never>>(
    `select sha256, octet_length(bytes) as length from app.manifests`,
  );
  const parts = await superuser.query<Record<string, never>>(`select run_id, policy_type from app.run_types`);
  const sets = await superuser.query<Record<string, never>>(`select id, run_id from app.backup_sets`);
  return [
    ...(['payloads', 'manifests'] as const).flatMap((table) => {
      const all = table === 'payloads' ? payloads : manifests;
      return [
        (): Damage => {
          const row = pick(all);
          const position = Math.floor(random() * Number(row['length']));
          const flip = 1 + Math.floor(random() * 255);
          return [
            `update app.${table} set bytes = set_byte(bytes, $2, get_byte(bytes, $2) # $3) where sha256 = $1 returning 1`,
            [row['sha256'], position, flip],
          ];
        },
        (): Damage => [`delete from app.${table} where sha256 = $1 returning 1`, [pick(all)['sha256']]],
        (): Damage => [
          `update app.${table} set bytes = substring(bytes from 1 for octet_length(bytes) - 1) where sha256 = $1 returning 1`,
          [pick(all)['sha256']],
        ],
        (): Damage => [
          `update app.${table} set bytes = bytes || '\\x00' where sha256 = $1 returning 1`,
          [pick(all)['sha256']],
        ],
        (): Damage => [
          `update app.${table} set size = size + 1 where sha256 = $1 returning 1`,
          [pick(all)['sha256']],
        ],
        (): Damage => [
          `update app.${table} set crc32 = (crc32 + 1) % 4294967296 where sha256 = $1 returning 1`,
          [pick(all)['sha256']],
        ],
        (): Damage => {
          const one = pick(all);
          let other = pick(all);
          while (
            Buffer.compare(one['sha256'] as unknown as Buffer, other['sha256'] as unknown as Buffer) === 0
          )
            other = pick(all);
          // The contents of two rows change places.
          return [
            `update app.${table} t set bytes = o.bytes, crc32 = o.crc32, size = o.size from app.${table} o
              where (t.sha256 = $1 and o.sha256 = $2) or (t.sha256 = $2 and o.sha256 = $1) returning 1`,
            [one['sha256'], other['sha256']],
          ];
        },
      ];
    }),
    () => [
      `delete from app.run_types where run_id = $1 and policy_type = $2 returning 1`,
      partOf(pick(parts)),
    ],
    ...[
      `captured = captured + 1`,
      `expected = coalesce(expected, 0) + 1`,
      `failed = failed + 1`,
      `reason = 'list_broken'`,
      `outcome = 'incomplete'`,
      `policy_type = 'renamed'`,
      `read_started_at = read_started_at + interval '1 microsecond'`,
      `read_ended_at = now()`,
    ].map((change) => (): Damage => {
      const measured = parts.filter((part) => part['policy_type'] !== 'delta');
      return [
        `update app.run_types set ${change} where run_id = $1 and policy_type = $2 returning 1`,
        partOf(pick(measured)),
      ];
    }),
    () => [
      `update app.run_types p set manifest_sha256 = o.manifest_sha256 from app.run_types o
        where p.run_id = $1 and o.run_id = $1 and p.policy_type = 'alpha' and o.policy_type = 'beta' returning 1`,
      [pick(sets)['run_id']],
    ],
    () => [
      `insert into app.run_types (run_id, policy_type, tenant_id, attempt, outcome, reason)
       select run_id, 'added', tenant_id, 1, 'incomplete', 'x' from app.backup_sets where id = $1 returning 1`,
      [pick(sets)['id']],
    ],
    () => [`delete from app.backup_sets where id = $1 returning 1`, [pick(sets)['id']]],
    ...[
      `items = items + 1`,
      `added = added + 1`,
      `changed = changed + 1`,
      `removed = removed + 1`,
      `new_bytes = new_bytes + 1`,
      `complete = not complete`,
      `sealed_at = sealed_at + interval '1 microsecond'`,
      `lease_token = lease_token + 1`,
      `run_id = gen_random_uuid()`,
      `schedule_id = gen_random_uuid()`,
      `references_sha256 = null`,
      `root_sha256 = set_byte(root_sha256, 5, get_byte(root_sha256, 5) # 1)`,
      `previous_root_sha256 = sha256('x'::bytea)`,
      `part_checks = part_checks || '{"alpha":"00000000"}'`,
      `part_checks = part_checks - 'beta'`,
      `previous_set_id = gen_random_uuid()`,
      `sequence = sequence + 100`,
    ].map((change) => (): Damage => [
      `update app.backup_sets set ${change} where id = $1 returning 1`,
      [pick(sets)['id']],
    ]),
    // Two sets change places in the chain.
    () => [
      `update app.backup_sets s set sequence = case s.sequence when 2 then 3 else 2 end where s.sequence in (2, 3) returning 1`,
      [],
    ],
    () => [`update app.backup_set_heads set sequence = sequence + 1 returning 1`, []],
    () => [`update app.backup_set_heads set root_sha256 = sha256('y'::bytea) returning 1`, []],
    () => [`delete from app.backup_set_heads returning 1`, []],
  ];
}

function partOf(row: Record<string, unknown>): unknown[] {
  return [row['run_id'], row['policy_type']];
}
