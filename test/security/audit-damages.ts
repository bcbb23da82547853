import { appendAuditEvents } from '../../main/audit/append-audit-events.ts';
import { verifyAuditChain, type AuditChainVerdict, type SavedHead } from '../../main/audit/verify-chain.ts';
import type { Sql } from '../../main/db/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { between, pick, type Random } from '../support/random.ts';

/** Two chains of the same length, with their ends saved elsewhere some events ago. */
export interface AuditDamageFixture {
  database: TestDatabase;
  tenant: string;
  other: string;
  saved: SavedHead[];
  close(): Promise<void>;
}

const length = 40;
/** What came after the saving is proved by the chain alone. */
const savedAt = 32;

export async function createAuditDamageFixture(): Promise<AuditDamageFixture> {
  const database = await createTestDatabase();
  const host = await database.asHost();
  const tenant = await database.addTenant('Adatum');
  const other = await database.addTenant('Bellows');
  for (const tenantId of [tenant, other]) {
    for (let index = 1; index <= length; index += 1) {
      await host.db.transaction((tx) =>
        appendAuditEvents(tx, [
          {
            tenantId,
            action: index % 3 === 0 ? 'run.succeeded' : 'schedule.edited',
            targetKind: 'thing',
            targetId: `${tenantId}/${index}`,
            reason: index % 2 === 0 ? 'late' : null,
            before: { index },
            after: { index: index + 1 },
            correlationId: `call-${index}`,
          },
        ]),
      );
    }
  }
  const saved = await database.superuser.query<SavedHead>(
    `select tenant_id as "tenantId", sequence::text as sequence, encode(hash, 'hex') as hash, at::text as "savedAt", 'a test' as "keptIn"
       from app.audit_events where sequence = $1 and tenant_id is not null`,
    [savedAt],
  );
  return { database, tenant, other, saved, close: () => database.close() };
}

/** One damage to the chain of `tenant`, and the first event at which it has to be found at the latest. */
export interface AuditDamage {
  what: string;
  plant: (tx: Sql) => Promise<void>;
}

/** Plants a damage with every right there is, verifies against the saved ends, and takes it back. */
export async function plantInAudit(
  fixture: AuditDamageFixture,
  damage: AuditDamage,
): Promise<{ tenant: AuditChainVerdict | null; other: AuditChainVerdict | null }> {
  const rollback = new Error('rollback');
  let verdicts: { tenant: AuditChainVerdict | null; other: AuditChainVerdict | null } | null = null;
  try {
    await fixture.database.superuser.transaction(async (tx) => {
      await tx.query('set local session_replication_role = replica');
      await tx.query('alter table app.audit_heads drop constraint audit_heads_tenant_id_fkey');
      await damage.plant(tx);
      const verify = async (tenantId: string): Promise<AuditChainVerdict | null> => {
        try {
          return await verifyAuditChain({ transaction: (work) => work(tx) }, tenantId, fixture.saved);
        } catch (error) {
          // No chain at all: whoever has a saved end of it knows that there was one.
          if ((error as { code?: unknown }).code === 'audit_not_visible') return null;
          throw error;
        }
      };
      verdicts = { tenant: await verify(fixture.tenant), other: await verify(fixture.other) };
      throw rollback;
    });
  } catch (error) {
    if (error !== rollback) throw error;
  }
  return verdicts!;
}

/** Computes all hashes of a chain anew from an event on, and moves its end, as only the owner of the tables can. */
const rehash = (tx: Sql, tenantId: string) =>
  tx.query(`do $$
    declare
      e app.audit_events;
      state bytea := decode(repeat('00', 32), 'hex');
      counter bigint := 0;
    begin
      update app.audit_events set sequence = sequence + 1000000 where tenant_id = '${tenantId}';
      for e in select * from app.audit_events where tenant_id = '${tenantId}' order by sequence loop
        counter := counter + 1;
        update app.audit_events set sequence = counter, previous_hash = state,
            hash = app.audit_link(null, state, app.audit_event_hash(e.tenant_id, counter, e.at, e.actor, e.host, e.action, e.target_kind,
              e.target_id, e.outcome, e.reason, e.before, e.after, e.correlation_id))
          where tenant_id = '${tenantId}' and sequence = e.sequence returning hash into state;
      end loop;
      update app.audit_heads set sequence = counter, hash = state where tenant_id = '${tenantId}';
    end $$`);

const columns: Record<string, string> = {
  at: `at + interval '1 microsecond'`,
  actor: `actor || 'x'`,
  host: `coalesce(host, '') || 'x'`,
  action: `action || 'x'`,
  target_kind: `null`,
  target_id: `coalesce(target_id, '') || 'x'`,
  outcome: `case outcome when 'denied' then 'success' else 'denied' end`,
  reason: `coalesce(reason, '') || 'x'`,
  before: `coalesce(before, '{}') || '{"x": 1}'`,
  after: `null`,
  correlation_id: `coalesce(correlation_id, '') || 'x'`,
  previous_hash: `set_byte(previous_hash, 7, get_byte(previous_hash, 7) # 1)`,
  hash: `set_byte(hash, 7, get_byte(hash, 7) # 1)`,
};

const damage = (what: string, ...statements: [string, unknown[]][]): AuditDamage => ({
  what,
  plant: async (tx) => {
    for (const [text, parameters] of statements) await tx.query(text, parameters);
  },
});

/** Makers of damages of every kind, to be called in turn. */
export function auditDamages(fixture: AuditDamageFixture, random: Random): (() => AuditDamage)[] {
  const { tenant, other } = fixture;
  const some = (last: number) => Math.floor(between(random, 1, last + 1));
  /** The same, and then every hash is made right again: found by the saved end alone. */
  const rewritten = (what: string, ...statements: [string, unknown[]][]): AuditDamage => ({
    what: `${what}, rehashed`,
    plant: async (tx) => {
      for (const [text, parameters] of statements) await tx.query(text, parameters);
      await rehash(tx, tenant);
    },
  });
  const change = (last: number): [string, [string, unknown[]]] => {
    const [column, value] = pick(
      random,
      Object.entries(columns).filter(([name]) => last === length || !name.endsWith('hash')),
    );
    const sequence = some(last);
    return [
      `${column} of ${sequence}`,
      [
        `update app.audit_events set ${column} = ${value} where tenant_id = $1 and sequence = $2`,
        [tenant, sequence],
      ],
    ];
  };
  const swap = (last: number): [string, unknown[]][] => {
    const first = some(last - 1);
    return [
      [
        `update app.audit_events set sequence = case sequence when $2 then $2 + 1000001 else $2 + 1000000 end
          where tenant_id = $1 and sequence in ($2::bigint, $2::bigint + 1)`,
        [tenant, first],
      ],
      [
        `update app.audit_events set sequence = sequence - 1000000 where tenant_id = $1 and sequence > 1000000`,
        [tenant],
      ],
    ];
  };
  const insertAfter = (last: number): [string, unknown[]][] => [
    [`update app.audit_events set sequence = sequence * 2 + 1000000 where tenant_id = $1`, [tenant]],
    [`update app.audit_events set sequence = sequence - 1000000 where tenant_id = $1`, [tenant]],
    [
      `insert into app.audit_events (tenant_id, sequence, at, actor, action, outcome, previous_hash, hash)
       select tenant_id, sequence + 1, at, 'somebody', 'run.succeeded', 'success', previous_hash, hash
         from app.audit_events where tenant_id = $1 and sequence = $2::bigint * 2`,
      [tenant, some(last)],
    ],
  ];
  const restoreTo = (sequence: number): [string, unknown[]][] => [
    [
      `update app.audit_heads h set sequence = e.sequence, hash = e.hash from app.audit_events e
        where h.tenant_id = $1 and e.tenant_id = $1 and e.sequence = $2`,
      [tenant, sequence],
    ],
    [`delete from app.audit_events where tenant_id = $1 and sequence > $2`, [tenant, sequence]],
  ];
  return [
    () => {
      const [what, statement] = change(length);
      return damage(`changed ${what}`, statement);
    },
    () => {
      const [what, statement] = change(savedAt);
      return rewritten(`changed ${what}`, statement);
    },
    () =>
      damage('deleted', [
        `delete from app.audit_events where tenant_id = $1 and sequence = $2`,
        [tenant, some(length)],
      ]),
    () =>
      rewritten('deleted', [
        `delete from app.audit_events where tenant_id = $1 and sequence = $2`,
        [tenant, some(savedAt)],
      ]),
    () => damage('inserted', ...insertAfter(length)),
    () => rewritten('inserted', ...insertAfter(savedAt - 1)),
    () => damage('reordered', ...swap(length)),
    () => rewritten('reordered', ...swap(savedAt)),
    () =>
      damage('tail cut', [
        `delete from app.audit_events where tenant_id = $1 and sequence >= $2`,
        [tenant, some(length)],
      ]),
    () => damage('older copy put back', ...restoreTo(some(savedAt - 1))),
    () =>
      damage(
        'tenants swapped',
        [
          `update app.audit_events set tenant_id = case tenant_id when $1 then $2 else $1 end, sequence = sequence + 1000000 where tenant_id in ($1::uuid, $2::uuid)`,
          [tenant, other],
        ],
        [`update app.audit_events set sequence = sequence - 1000000 where sequence > 1000000`, []],
      ),
    () =>
      damage(
        'event of another tenant moved in',
        [`delete from app.audit_events where tenant_id = $1 and sequence = $2`, [tenant, 5]],
        [`update app.audit_events set tenant_id = $1 where tenant_id = $2 and sequence = 5`, [tenant, other]],
      ),
    () =>
      damage('recorded end moved on', [
        `update app.audit_heads set sequence = sequence + 1 where tenant_id = $1`,
        [tenant],
      ]),
    () =>
      damage('recorded end moved back', [
        `update app.audit_heads set sequence = sequence - 1 where tenant_id = $1`,
        [tenant],
      ]),
    () =>
      damage('recorded hash changed', [
        `update app.audit_heads set hash = sha256(hash) where tenant_id = $1`,
        [tenant],
      ]),
    () => damage('recorded end gone', [`delete from app.audit_heads where tenant_id = $1`, [tenant]]),
    () =>
      damage(
        'chain gone',
        [`delete from app.audit_events where tenant_id = $1`, [tenant]],
        [`delete from app.audit_heads where tenant_id = $1`, [tenant]],
      ),
    () =>
      damage(
        'chain begun anew',
        [`delete from app.audit_events where tenant_id = $1`, [tenant]],
        [
          `update app.audit_heads set sequence = 0, hash = decode(repeat('00', 32), 'hex') where tenant_id = $1`,
          [tenant],
        ],
      ),
  ];
}
