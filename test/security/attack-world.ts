import { ensureSchema } from '../../main/db/roles.ts';
import type { Database } from '../../main/db/database.ts';
import type { TenantRole } from '../../shared/model/permissions.ts';
import { createTestDatabase, type TestDatabase, type TestLogin } from '../support/database.ts';

/** The logins that attack: technicians of tenant A, people without any right there, and hosts in each state. */
export const technicianLogins = [
  'reader',
  'operator',
  'auditor',
  'manager',
  'owner',
  'administrator',
  'stranger',
  'removed',
] as const;
export const hostLogins = ['host', 'waitingHost', 'removedHost'] as const;
export type AttackLogin = (typeof technicianLogins)[number] | (typeof hostLogins)[number];
export const attackLogins: readonly AttackLogin[] = [...technicianLogins, ...hostLogins];

export interface SeededTenant {
  tenantId: string;
  scheduleId: string;
  runId: string;
  setId: string;
  credentialId: string;
  technicianId: string;
  channelId: string;
  importedSetId: string;
  importRequestId: string;
}

export interface AttackWorld {
  database: TestDatabase;
  logins: Record<AttackLogin, TestLogin>;
  a: SeededTenant;
  b: SeededTenant;
  /** Every text that only tenant B has: nothing that a technician of A is answered may hold one. */
  forbidden: readonly string[];
  hostId: string;
  /** A template of the workspace that a schedule of each tenant comes from. */
  templateId: string;
}

/** A word that stands in every text, document and byte string of tenant B. */
export const canary = 'BELLOWSCANARY';

/** Two tenants with a row in every table, and the logins that go for the second one. */
export async function createAttackWorld(): Promise<AttackWorld> {
  const database = await createTestDatabase();
  // A database made for the product allows no temporary tables to anybody; the clone forgot that.
  await database.superuser.query(ensureSchema);
  const host = await database.asHost('host');
  const a = await seedTenant(database, 'Adatum', 'adatum');
  const b = await seedTenant(database, canary, canary);
  const [template] = await database.superuser.query<{ id: string }>(
    `insert into app.schedule_templates (name, cadence, time_zone, spec, tags)
     values ('Nightly', '{"kind":"daily","times":["02:00"]}', 'UTC', '{"policyTypes":"core","retention":{"keepLast":3}}', '{gold}')
     returning id`,
  );
  await database.superuser.query('update app.backup_schedules set template_id = $1, template_version = 1', [
    template!.id,
  ]);
  await database.superuser.query(`select app.audit_append(null, 'test.seeded')`);
  const waitingHost = await database.asHost('waitinghost');
  const removedHost = await database.asHost('removedhost');
  await database.superuser.query(
    'update app.hosts set approved_at = null, approved_by = null where id = $1',
    [waitingHost.hostId],
  );
  await database.superuser.query('update app.hosts set removed_at = app.db_now() where id = $1', [
    removedHost.hostId,
  ]);
  for (const login of [host, waitingHost, removedHost]) {
    await database.superuser.query(
      `insert into app.host_instances (id, host_id, login, name, kind, app_version, engine_level, state, openable_tenants)
       values (gen_random_uuid(), $1, $2, 'instance', 'service', '0', 1, 'running', $3)`,
      [login.hostId, login.login, [a.tenantId, b.tenantId]],
    );
  }
  const asMember = (role: TenantRole) => database.asTechnician(`a_${role}`, role, a.tenantId);
  const technicians = {
    reader: await asMember('reader'),
    operator: await asMember('operator'),
    auditor: await asMember('auditor'),
    manager: await asMember('manager'),
    owner: await asMember('owner'),
  };
  // An event of the operator's own doing: a refusal.
  await technicians.operator.db.query(`select app.edit_tenant($1, 'Mine', '{}')`, [a.tenantId]);
  const administrator = await database.asTechnician('administrator', 'administrator');
  const stranger = await database.asTechnician('stranger');
  const removed = await database.asTechnician('removed', 'owner', a.tenantId);
  await database.superuser.query('update app.technicians set removed_at = app.db_now() where id = $1', [
    removed.technicianId,
  ]);
  return {
    database,
    logins: { ...technicians, administrator, stranger, removed, host, waitingHost, removedHost },
    a,
    b,
    forbidden: [canary, Buffer.from(canary).toString('hex'), ...Object.values(b)],
    hostId: host.hostId,
    templateId: template!.id,
  };
}

async function seedTenant(database: TestDatabase, name: string, word: string): Promise<SeededTenant> {
  const { superuser } = database;
  // Readable for the product where the attacker is at home; the neighbour's documents hold the word instead.
  const cadence = JSON.stringify(word === canary ? { x: word } : { kind: 'daily', times: ['02:00'] });
  const spec = JSON.stringify(
    word === canary ? { x: word } : { policyTypes: 'core', retention: { keepLast: 3 } },
  );
  const tenantId = await database.addTenant(name);
  const { technicianId } = await database.asTechnician(`owner_of_${word}`, 'owner', tenantId);
  const one = async (text: string, parameters: unknown[]): Promise<string> =>
    (await superuser.query<{ id: string }>(text, parameters))[0]!.id;
  await superuser.query(
    `update app.tenants set tags = array[$2], custom_cloud = jsonb_build_object('graphUrl', $2::text), cloud = 'custom' where id = $1`,
    [tenantId, word],
  );
  const credentialId = await one(
    `insert into app.credentials (tenant_id, kind, client_id, sealed, recipients)
     values ($1, 'secret', gen_random_uuid(), $2, array['age1' || $3]) returning id`,
    [tenantId, Buffer.from(word), word],
  );
  await superuser.query(
    `insert into app.credential_candidates (id, tenant_id, kind, client_id, sealed, recipients, public_certificate)
     values (gen_random_uuid(), $1, 'secret', gen_random_uuid(), $2, array['age1' || $3], $3)`,
    [tenantId, Buffer.from(word), word],
  );
  await superuser.query(
    `insert into app.access_checks (tenant_id, state, finished_at, organization, types, missing_permissions, consent_url)
     values ($1, 'done', app.db_now(), $2, jsonb_build_array($2::text), array[$2], $2)`,
    [tenantId, word],
  );
  await superuser.query(
    `insert into app.tenant_keys (tenant_id, sealed, recipients) values ($1, $2, array['age1'])`,
    [tenantId, Buffer.from(word)],
  );
  await superuser.query(`insert into app.retention_defaults (tenant_id, rule) values ($1, $2::jsonb)`, [
    tenantId,
    JSON.stringify(word === canary ? { keepLast: 3, x: word } : { keepLast: 3 }),
  ]);
  const scheduleId = await one(
    `insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, computed_with, dispatch_error)
     values ($1, $2, $3, 'UTC', $4, 'test', $2) returning id`,
    [tenantId, word, cadence, spec],
  );
  const runId = await one(
    `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, spec, spec_version, attempt, lease_token,
       lease_instance, lease_expires_at, started_at, deadline_at, progress, error_code)
     values ($1, $2, 'manual', 'running', $4, 1, 1, 1, gen_random_uuid(), app.db_now() + interval '1 hour',
       app.db_now(), app.db_now() + interval '1 hour', null, $3) returning id`,
    [tenantId, scheduleId, word, spec],
  );
  await superuser.query(
    `insert into app.run_attempts (run_id, attempt, tenant_id, lease_token, instance_id, started_at)
     values ($1, 1, $2, 1, gen_random_uuid(), app.db_now())`,
    [runId, tenantId],
  );
  await superuser.query(
    `insert into app.run_events (run_id, tenant_id, attempt, level, code, type_key, message, detail)
     values ($1, $2, 1, 'info', $3, $3, $3, jsonb_build_object('x', $3::text))`,
    [runId, tenantId, word],
  );
  await superuser.query(
    `insert into app.schedule_pauses (schedule_id, tenant_id, paused_at, reason, resumed_at)
     values ($1, $2, app.db_now(), $3, app.db_now())`,
    [scheduleId, tenantId, word],
  );
  await superuser.query(
    `insert into app.attention_snoozes (tenant_id, code, reason, until)
     values ($1, 'failed', $2, app.db_now() + interval '1 day')`,
    [tenantId, `because ${word}`],
  );
  for (const table of ['payloads', 'manifests']) {
    await superuser.query(
      `insert into app.${table} (tenant_id, sha256, bytes, crc32, size) values ($1, sha256($2), $2, 0, 1)`,
      [tenantId, Buffer.from(word)],
    );
  }
  await superuser.query(
    `insert into app.policies (tenant_id, policy_type, graph_id, name, config_sha256) values ($1, $2, $2, $2, sha256($3))`,
    [tenantId, word, Buffer.from(word)],
  );
  await superuser.query(
    `insert into app.run_types (run_id, policy_type, tenant_id, attempt, outcome, manifest_sha256, failed_items)
     values ($1, $2, $3, 1, 'complete', sha256($4), jsonb_build_object('x', $2::text))`,
    [runId, word, tenantId, Buffer.from(word)],
  );
  const setId = await one(
    `insert into app.backup_sets (tenant_id, run_id, schedule_id, sequence, sealed_at, lease_token, complete, items, added,
       changed, removed, new_bytes, root_sha256, part_checks, pinned_at, pinned_by, pin_reason)
     values ($1, $2, $3, 1, app.db_now(), 1, true, 1, 1, 0, 0, 1, sha256($4), jsonb_build_object('x', $5::text), app.db_now(), 'x', $5) returning id`,
    [tenantId, runId, scheduleId, Buffer.from(word), word],
  );
  await superuser.query(
    `insert into app.backup_set_heads (tenant_id, sequence, set_id, root_sha256) values ($1, 1, $2, sha256($3))`,
    [tenantId, setId, Buffer.from(word)],
  );
  await superuser.query(
    `insert into app.backup_set_verifications (set_id, tenant_id, verified_by, items, damages, first_damage)
     values ($1, $2, 'x', 1, 1, $3)`,
    [setId, tenantId, word],
  );
  await superuser.query(
    `insert into app.pruned_backup_sets (tenant_id, sequence, set_id, run_id, schedule_id, sealed_at, complete, items, root_sha256)
     values ($1, 99, gen_random_uuid(), $2, $3, app.db_now(), true, 1, sha256($4))`,
    [tenantId, runId, scheduleId, Buffer.from(word)],
  );
  const importedSetId = await one(
    `insert into app.imported_sets (id, tenant_id, tool, folder, taken_at, imported_at, imported_by, files, items, new_bytes,
       left_out, left_out_list, root_sha256, verified_at, verified_by, verified_items, damages, first_damage)
     values (gen_random_uuid(), $1, 'IntuneCD', $2, app.db_now(), app.db_now(), 'x', 1, 1, 1, 1,
       jsonb_build_array($2::text), sha256($3), app.db_now(), 'x', 1, 1, $2) returning id`,
    [tenantId, word, Buffer.from(word)],
  );
  await superuser.query(
    `insert into app.imported_set_parts (set_id, policy_type, tenant_id, known, items, made_ids, manifest_sha256)
     values ($1, $2, $3, true, 1, 0, sha256($4))`,
    [importedSetId, word, tenantId, Buffer.from(word)],
  );
  const importRequestId = await one(
    `insert into app.set_import_requests (tenant_id, tool, folder, taken_at)
     values ($1, 'IntuneCD', $2, app.db_now()) returning id`,
    [tenantId, word],
  );
  await superuser.query(
    `insert into app.saved_views (tenant_id, owner_id, page, name, search)
     values ($1, $2, 'audit', $3, jsonb_build_object('q', $3::text))`,
    [tenantId, technicianId, word],
  );
  await superuser.query(
    `insert into app.sealed_secrets (tenant_id, fingerprint, sealed) values ($1, sha256($2), $2)`,
    [tenantId, Buffer.from(word)],
  );
  await superuser.query(
    `insert into app.payload_secrets (tenant_id, payload_sha256, fingerprint) values ($1, sha256($2), sha256($2))`,
    [tenantId, Buffer.from(word)],
  );
  const channelId = await seedAlerts(superuser, tenantId, word);
  await superuser.query(
    `select app.audit_append($1, 'test.seeded', 'thing', $2, 'success', $2, jsonb_build_object('x', $2::text), jsonb_build_object('x', $2::text), $2)`,
    [tenantId, word],
  );
  return {
    tenantId,
    scheduleId,
    runId,
    setId,
    credentialId,
    technicianId,
    channelId,
    importedSetId,
    importRequestId,
  };
}

async function seedAlerts(superuser: Database, tenantId: string, word: string): Promise<string> {
  const [row] = await superuser.query<{ channelId: string }>(
    `with channel as (
       insert into app.alert_channels (id, tenant_id, name, kind, settings, sealed, recipients, last_error)
       values (gen_random_uuid(), $1, $2, 'webhook', jsonb_build_object('host', $2::text), $3, array['age1' || $2], $2) returning id),
     alert as (
       insert into app.alerts (tenant_id, cause, subject, severity, sentence, next_step)
       values ($1, 'tenant_health', $2, 'warning', $2, $2) returning id),
     message as (
       insert into app.alert_messages (channel_id, tenant_id, alert_id, kind, due_at)
       select channel.id, $1, alert.id, 'raised', app.db_now() from channel, alert),
     checked as (
       insert into app.chain_checks (chain_id, tenant_id, events, head_hash, broken_sequence, what)
       values ($1, $1, 1, repeat('0', 64), 1, $2))
     select id as "channelId" from channel`,
    [tenantId, word, Buffer.from(word)],
  );
  return row!.channelId;
}

/** What came of a statement: the rows, or the SQLSTATE; `text` is all that the attacker got to read. */
export interface Answer {
  code: string;
  rows: Record<string, unknown>[];
  text: string;
}

export async function attack(
  db: Pick<Database, 'query'>,
  text: string,
  parameters: unknown[] = [],
): Promise<Answer> {
  try {
    const rows = await db.query<Record<string, unknown>>(text, parameters);
    return { code: 'ok', rows, text: readable(rows) };
  } catch (error) {
    const { code, message, detail, hint, where } = error as Record<string, string | undefined>;
    return {
      code: String(code),
      rows: [],
      text: [message, detail, hint, where].filter((part) => part !== undefined).join('\n'),
    };
  }
}

/** Rows as text, bytes as hexadecimal. */
function readable(rows: unknown): string {
  return JSON.stringify(rows, (_key, value: unknown) => {
    const bytes = value as { type?: unknown; data?: unknown } | null;
    return bytes !== null && typeof bytes === 'object' && bytes.type === 'Buffer'
      ? Buffer.from(bytes.data as number[]).toString('hex')
      : value;
  });
}
