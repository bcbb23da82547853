import type { AttackWorld } from './attack-world.ts';

/** What the two groups may do with a table or view, and what each login of the attack sees in it. */
export interface RelationCase {
  /** All columns, in their order. */
  columns: string;
  /** `*`: all; absent: none. Technicians write no column of any table. */
  technicianReads?: string;
  hostReads?: string;
  hostInserts?: string;
  hostUpdates?: string;
  /** Holds no data of tenants: what everybody sees there may name anybody. */
  workspace?: true;
  /**
   * One word per login, in the order of `attackLogins` (reader operator auditor manager owner administrator stranger
   * removed, host waitingHost removedHost): the tenants whose rows it sees (A, B; W: of the workspace), `rows` where
   * rows have no tenant, `-` for none, `refused`.
   */
  rows: string;
}

export const relationCases: Readonly<Record<string, RelationCase>> = {
  schedule_pauses_id_seq: {
    columns: 'last_value log_cnt is_called',
    rows: 'refused refused refused refused refused refused refused refused refused refused refused',
  },
  applied_migrations_id_seq: {
    columns: 'last_value log_cnt is_called',
    rows: 'refused refused refused refused refused refused refused refused refused refused refused',
  },
  run_events_id_seq: {
    columns: 'last_value log_cnt is_called',
    rows: 'refused refused refused refused refused refused refused refused refused refused refused',
  },
  access_checks: {
    columns:
      'id tenant_id candidate_id state requested_at requested_by host_id token lease_expires_at finished_at organization types missing_permissions consent_url error',
    technicianReads: '*',
    hostReads: '*',
    rows: 'A A A A A - - - AB - -',
  },
  credential_candidates: {
    columns:
      'id tenant_id kind client_id sealed recipients expires_at public_certificate created_at created_by',
    technicianReads:
      'id tenant_id kind client_id recipients expires_at public_certificate created_at created_by',
    hostReads: '*',
    rows: 'A A A A A - - - AB - -',
  },
  alert_channels: {
    columns:
      'id tenant_id name kind settings sealed recipients enabled least_severity quiet_hours digest created_at created_by changed_at removed_at last_sent_at failing_since failures retry_at last_error',
    technicianReads:
      'id tenant_id name kind settings recipients enabled least_severity quiet_hours digest created_at created_by changed_at removed_at last_sent_at failing_since failures retry_at last_error',
    hostReads: '*',
    hostUpdates: 'last_sent_at failing_since failures retry_at last_error',
    rows: '- - - A A - - - AB - -',
  },
  alert_messages: {
    columns:
      'id channel_id tenant_id alert_id kind number created_at due_at attempts leased_until sent_at given_up_at',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: 'channel_id tenant_id alert_id kind number due_at',
    hostUpdates: 'attempts leased_until sent_at given_up_at',
    rows: '- - - A A - - - AB - -',
  },
  alert_watch: {
    columns: 'only_row looked_at',
    hostReads: '*',
    hostUpdates: 'looked_at',
    workspace: true,
    rows: 'refused refused refused refused refused refused refused refused rows - -',
  },
  alerts: {
    columns:
      'id tenant_id cause subject severity sentence next_step opened_at escalated_at resolved_at recovers',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: 'tenant_id cause subject severity sentence next_step resolved_at recovers',
    hostUpdates: 'severity sentence next_step escalated_at resolved_at',
    rows: 'A A A A A - - - AB - -',
  },
  applied_migrations: {
    columns: 'id name executed_at',
    rows: 'refused refused refused refused refused refused refused refused refused refused refused',
  },
  attention_snoozes: {
    columns: 'tenant_id code reason snoozed_at snoozed_by until',
    technicianReads: '*',
    rows: 'A A A A A - - - refused refused refused',
  },
  audit_events: {
    columns:
      'tenant_id chain_id sequence at actor host action target_kind target_id outcome reason before after correlation_id previous_hash hash',
    technicianReads: '*',
    hostReads: '*',
    rows: '- A A A A W - - ABW - -',
  },
  audit_heads: {
    columns: 'tenant_id chain_id sequence hash',
    technicianReads: '*',
    hostReads: '*',
    rows: '- - A A A W - - ABW - -',
  },
  backup_runs: {
    columns:
      'id tenant_id schedule_id trigger slot_at retry_of state reason blocked_by missed_count missed_until spec spec_version attempt created_at requested_by start_deadline_at started_at finished_at deadline_at lease_instance lease_token lease_expires_at heartbeat_at cancel_requested_at cancel_requested_by progress counts error_code backup_set_id carries_from',
    technicianReads: '*',
    hostReads: '*',
    hostInserts:
      'tenant_id schedule_id trigger slot_at state reason blocked_by missed_count missed_until spec spec_version start_deadline_at finished_at',
    hostUpdates:
      'state reason attempt start_deadline_at started_at finished_at deadline_at lease_instance lease_token lease_expires_at heartbeat_at progress counts error_code backup_set_id',
    rows: 'A A A A A - - - AB - -',
  },
  backup_schedules: {
    columns:
      'id tenant_id name enabled pause_reason deleted_at cadence time_zone spec spec_version next_slot_at computed_with dispatch_error created_at created_by changed_at resume_at template_id template_version',
    technicianReads: '*',
    hostReads: '*',
    hostUpdates: 'next_slot_at computed_with dispatch_error',
    rows: 'A A A A A - - - AB - -',
  },
  backup_set_heads: {
    columns: 'tenant_id sequence set_id root_sha256',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: '*',
    hostUpdates: '*',
    rows: 'A A A A A - - - AB - -',
  },
  backup_set_verifications: {
    columns: 'set_id tenant_id verified_at verified_by items damages first_damage',
    technicianReads: '*',
    rows: 'A A A A A - - - refused refused refused',
  },
  backup_sets: {
    columns:
      'id tenant_id run_id schedule_id sequence sealed_at lease_token complete items added changed removed new_bytes references_sha256 previous_set_id previous_root_sha256 root_sha256 part_checks pinned_at pinned_by pin_reason',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: '*',
    rows: 'A A A A A - - - AB - -',
  },
  set_import_requests: {
    columns: 'id tenant_id tool folder taken_at requested_at requested_by',
    rows: 'refused refused refused refused refused refused refused refused refused refused refused',
  },
  imported_sets: {
    columns:
      'id tenant_id tool folder taken_at imported_at imported_by files items new_bytes left_out left_out_list root_sha256 verified_at verified_by verified_items damages first_damage',
    technicianReads: '*',
    hostReads: '*',
    rows: 'A A A A A - - - AB - -',
  },
  imported_set_parts: {
    columns: 'set_id policy_type tenant_id known items made_ids manifest_sha256',
    technicianReads: '*',
    hostReads: '*',
    rows: 'A A A A A - - - AB - -',
  },
  chain_checks: {
    columns: 'chain_id tenant_id checked_at checked_by events head_hash broken_sequence what',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: 'chain_id tenant_id events head_hash broken_sequence what',
    hostUpdates: 'checked_at checked_by events head_hash broken_sequence what',
    rows: '- - A A A - - - AB - -',
  },
  credentials: {
    columns:
      'id tenant_id kind client_id sealed recipients expires_at created_at created_by replaced_at public_certificate expiry_announced_at',
    technicianReads:
      'id tenant_id kind client_id recipients expires_at created_at created_by replaced_at public_certificate',
    hostReads: '*',
    rows: 'A A A A A - - - AB - -',
  },
  deleted_tenants: {
    columns: 'tenant_id deleted_at deleted_by rows_left rows_erased erased_at',
    technicianReads: '*',
    hostReads: '*',
    rows: '- - - - - - - - - - -',
  },
  host_instances: {
    columns:
      'id host_id login name kind app_version engine_level state started_at last_seen_at last_tick_at stopped_at clock_offset_ms clock_error_ms openable_tenants',
    technicianReads:
      'id host_id name kind app_version engine_level state started_at last_seen_at last_tick_at stopped_at clock_offset_ms clock_error_ms',
    hostReads: '*',
    hostInserts:
      'id host_id name kind app_version engine_level state clock_offset_ms clock_error_ms openable_tenants',
    hostUpdates: 'state last_seen_at last_tick_at stopped_at clock_offset_ms clock_error_ms openable_tenants',
    workspace: true,
    rows: 'rows rows rows rows rows rows rows - rows - -',
  },
  hosts: {
    columns:
      'id login name kind public_key enrolled_at approved_at approved_by removed_at paused_at paused_until paused_by pause_reason',
    technicianReads: '*',
    hostReads: '*',
    workspace: true,
    rows: 'rows rows rows rows rows rows rows - rows rows rows',
  },
  manifests: {
    columns: 'tenant_id sha256 bytes crc32 size touched_at',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: '*',
    hostUpdates: 'touched_at',
    rows: 'A A A A A - - - AB - -',
  },
  payload_secrets: {
    columns: 'tenant_id payload_sha256 fingerprint',
    hostReads: '*',
    hostInserts: '*',
    rows: 'refused refused refused refused refused refused refused refused AB - -',
  },
  payloads: {
    columns: 'tenant_id sha256 bytes crc32 size touched_at',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: '*',
    hostUpdates: 'touched_at',
    rows: 'A A A A A - - - AB - -',
  },
  policies: {
    columns: 'tenant_id policy_type graph_id name config_sha256 first_seen_at changed_at deleted_at',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: '*',
    hostUpdates: '*',
    rows: 'A A A A A - - - AB - -',
  },
  pruned_backup_sets: {
    columns:
      'tenant_id sequence set_id run_id schedule_id sealed_at complete items previous_root_sha256 root_sha256 pruned_at',
    technicianReads: '*',
    hostReads: '*',
    rows: 'A A A A A - - - AB - -',
  },
  reach_counts: {
    columns: 'technician_id role tenants',
    rows: 'refused refused refused refused refused refused refused refused refused refused refused',
  },
  retention_defaults: {
    columns: 'tenant_id rule changed_at changed_by',
    technicianReads: '*',
    rows: 'AW AW AW AW AW W W - refused refused refused',
  },
  run_attempts: {
    columns: 'run_id attempt tenant_id lease_token instance_id started_at ended_at outcome',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: 'run_id attempt tenant_id lease_token instance_id started_at',
    hostUpdates: 'ended_at outcome',
    rows: 'A A A A A - - - AB - -',
  },
  run_events: {
    columns: 'id run_id tenant_id attempt at level code type_key message detail',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: 'run_id tenant_id attempt level code type_key message detail',
    rows: 'A A A A A - - - AB - -',
  },
  run_transitions: {
    columns: 'from_state to_state host_only',
    technicianReads: '*',
    hostReads: '*',
    workspace: true,
    rows: 'rows rows rows rows rows rows rows rows rows rows rows',
  },
  run_types: {
    columns:
      'run_id policy_type tenant_id attempt outcome reason missing_permission expected captured failed requests retries waited_ms http_status request_id manifest_sha256 read_started_at read_ended_at new_bytes failed_items unknown_kinds added changed removed',
    technicianReads: '*',
    hostReads: '*',
    hostInserts: '*',
    hostUpdates: '*',
    rows: 'A A A A A - - - AB - -',
  },
  saved_views: {
    columns: 'id tenant_id owner_id page name search created_at',
    technicianReads: '*',
    rows: 'A A A A A - - - refused refused refused',
  },
  schedule_templates: {
    columns:
      'id name cadence time_zone spec tags spread_minutes version created_at created_by changed_at changed_by',
    technicianReads: '*',
    workspace: true,
    rows: 'rows rows rows rows rows rows rows - refused refused refused',
  },
  schema_meta: {
    columns: 'only_row schema_version min_engine_level min_client_level migrated_at',
    technicianReads: '*',
    hostReads: '*',
    workspace: true,
    rows: 'rows rows rows rows rows rows rows rows rows rows rows',
  },
  sealed_secrets: {
    columns: 'tenant_id fingerprint sealed sealed_at sealed_to',
    hostReads: '*',
    hostInserts: '*',
    rows: 'refused refused refused refused refused refused refused refused AB - -',
  },
  technicians: {
    columns: 'id name db_role administrator added_at added_by removed_at setup_ended_at',
    technicianReads: '*',
    rows: 'rows rows rows rows rows rows rows rows refused refused refused',
  },
  tenant_keys: {
    columns: 'tenant_id sealed recipients created_at',
    hostReads: '*',
    hostInserts: 'tenant_id sealed recipients',
    rows: 'refused refused refused refused refused refused refused refused AB - -',
  },
  schedule_pauses: {
    columns: 'id schedule_id tenant_id paused_at reason resumed_at',
    technicianReads: '*',
    rows: 'A A A A A - - - refused refused refused',
  },
  tenant_memberships: {
    columns: 'tenant_id technician_id role granted_at granted_by',
    technicianReads: '*',
    rows: 'A A A A A AB - - refused refused refused',
  },
  tenants: {
    columns:
      'id name entra_tenant_id cloud custom_cloud state tags created_at created_by changed_at disconnected_at allowed_age_minutes',
    technicianReads: '*',
    hostReads: '*',
    rows: 'A A A A A AB - - AB - -',
  },
  backup_set_parts: {
    columns:
      'set_id policy_type tenant_id outcome reason expected captured failed manifest_sha256 read_started_at read_ended_at',
    technicianReads: '*',
    hostReads: '*',
    rows: 'A A A A A - - - AB - -',
  },
};

/** A call that goes for tenant B, and what each login (several: divided by blanks) is answered. */
export interface FunctionAttack {
  call: (world: AttackWorld) => [text: string, parameters: unknown[]];
  /** A refusal's code, an SQLSTATE, or the rows. */
  answers: Readonly<Record<string, unknown>>;
}

export interface FunctionCase {
  /** Which groups may call it at all; empty: only our own functions. */
  who: '' | 'technician' | 'host' | 'technician host';
  attacks?: readonly FunctionAttack[];
}

const members = 'reader operator auditor manager owner';
const everybody = `${members} administrator stranger removed`;
const notAdministrator = `${members} stranger removed`;
const tooWeak = 'reader operator auditor stranger removed';
const allHosts = 'host waitingHost removedHost';
const outsiders = 'waitingHost removedHost';

export const functionCases: Readonly<Record<string, FunctionCase>> = {
  'forget_imports_of_tenant()': { who: '' },
  'request_set_import(uuid,text,text,timestamp with time zone)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select (app.request_set_import($1, 'IntuneCD', 'x', timestamptz '2024-01-01')).refused`,
          [b.tenantId],
        ],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a }) => [
          `select (app.request_set_import($1, 'IntuneCD', 'x', timestamptz '2024-01-01')).refused`,
          [a.tenantId],
        ],
        answers: { 'reader operator auditor': 'tenant_forbidden', 'stranger removed': 'tenant_not_found' },
      },
    ],
  },
  'claim_set_import(uuid)': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [`select set_id from app.claim_set_import($1)`, [b.importRequestId]],
        answers: { [outsiders]: '42501' },
      },
    ],
  },
  'seal_import(uuid,uuid,timestamp with time zone,integer,bigint,integer,jsonb,bytea,text[],boolean[],integer[],integer[],text[])':
    {
      who: 'host',
      attacks: [
        {
          call: ({ b }) => [
            `select app.seal_import($1, gen_random_uuid(), app.db_now(), 1, 1, 0, '[]', sha256('x'), '{x}', '{true}', '{1}', '{0}', array[repeat('0', 64)])`,
            [b.importRequestId],
          ],
          // Not even a host seals content that is not there.
          answers: { [outsiders]: '42501', host: 'TK121' },
        },
        {
          call: ({ b }) => [
            `select app.seal_import($1, gen_random_uuid(), app.db_now(), 1, 1, 0, '[]', sha256('x'), '{x}', '{true}', '{1}', '{0}', array[repeat('0', 64)])`,
            [b.tenantId],
          ],
          answers: { host: 'TK120' },
        },
      ],
    },
  'delete_imported_set(uuid,uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.delete_imported_set($1, $2) as refused`, [b.tenantId, b.importedSetId]],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a, b }) => [
          `select app.delete_imported_set($1, $2) as refused`,
          [a.tenantId, b.importedSetId],
        ],
        answers: { 'manager owner': 'imported_set_unknown', 'reader operator auditor': 'tenant_forbidden' },
      },
    ],
  },
  'claim_access_check(uuid[],uuid)': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [`select * from app.claim_access_check(array[$1::uuid])`, [b.tenantId]],
        answers: { [outsiders]: '42501' },
      },
    ],
  },
  'discard_candidate(uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.discard_candidate($1) as refused`, [b.tenantId]],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a }) => [`select app.discard_candidate($1) as refused`, [a.tenantId]],
        answers: { 'reader operator auditor': 'tenant_forbidden' },
      },
    ],
  },
  'end_setup()': {
    who: 'technician',
    attacks: [{ call: () => [`select app.end_setup()`, []], answers: { removed: '42501' } }],
  },
  'finish_access_check(uuid,integer,jsonb,jsonb)': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [`select app.finish_access_check($1, 1, null, null) as ended`, [b.tenantId]],
        answers: { [outsiders]: '42501', host: [{ ended: false }] },
      },
    ],
  },
  'forget_proposals_of_tenant()': { who: '' },
  'propose_credential(uuid,uuid,text,uuid,bytea,text[],timestamp with time zone,text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select (app.propose_credential($1, gen_random_uuid(), 'secret', gen_random_uuid(), 'x', '{x}', null, null)).refused`,
          [b.tenantId],
        ],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a }) => [
          `select (app.propose_credential($1, gen_random_uuid(), 'secret', gen_random_uuid(), 'x', '{x}', null, null)).refused`,
          [a.tenantId],
        ],
        answers: { 'reader operator auditor': 'tenant_forbidden' },
      },
    ],
  },
  'publish_certificate(uuid,text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.publish_certificate($1, 'mine') as refused`, [b.credentialId]],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a }) => [`select app.publish_certificate($1, 'mine') as refused`, [a.credentialId]],
        answers: { 'reader operator auditor': 'tenant_forbidden' },
      },
    ],
  },
  'request_access_check(uuid,uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select (app.request_access_check($1)).refused`, [b.tenantId]],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a }) => [`select (app.request_access_check($1)).refused`, [a.tenantId]],
        answers: { 'reader auditor': 'tenant_forbidden' },
      },
    ],
  },
  'set_schedule_template(uuid,integer,text,jsonb,text,jsonb,text[],integer)': {
    who: 'technician',
    attacks: [
      {
        call: ({ templateId }) => [
          `select (app.set_schedule_template($1, 1, 'x', '{}', 'UTC', '{}', '{x}', 0)).refused`,
          [templateId],
        ],
        answers: { [notAdministrator]: 'administrator_needed' },
      },
    ],
  },
  'remove_schedule_template(uuid,integer)': {
    who: 'technician',
    attacks: [
      {
        call: ({ templateId }) => [`select (app.remove_schedule_template($1, 1)).refused`, [templateId]],
        answers: { [notAdministrator]: 'administrator_needed' },
      },
    ],
  },
  'refuse_template_link(uuid,integer,text,text,jsonb)': { who: '' },
  'template_audit_view(app.schedule_templates)': { who: '' },
  'set_allowed_age(uuid,integer)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.set_allowed_age($1, 60) as refused`, [b.tenantId]],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a }) => [`select app.set_allowed_age($1, 60) as refused`, [a.tenantId]],
        answers: { 'reader operator auditor': 'tenant_forbidden' },
      },
    ],
  },
  'accept_restored_copy(text,jsonb)': {
    who: 'technician',
    attacks: [
      {
        call: () => [`select app.accept_restored_copy('because', '[]') as refused`, []],
        answers: { [notAdministrator]: 'administrator_needed' },
      },
    ],
  },
  'add_technician(text,name,text,boolean)': {
    who: 'technician',
    attacks: [
      {
        call: () => [`select (app.add_technician('X', 'x_login', null, true)).refused`, []],
        answers: { [notAdministrator]: 'administrator_needed' },
      },
      // Not even an administrator makes a login without a password, or one above the policies.
      {
        call: () => [`select (app.add_technician('X', 'x_login', null, true)).refused`, []],
        answers: { administrator: 'password_invalid' },
      },
      {
        call: () => [`select (app.add_technician('X', 'x_login', 'plain', true)).refused`, []],
        answers: { administrator: 'password_invalid' },
      },
      {
        call: () => [`select (app.add_technician('X', 'tenantkeep_owner', null, true)).refused`, []],
        answers: { administrator: 'login_invalid' },
      },
    ],
  },
  'announce_expiring_credentials()': {
    who: 'host',
    attacks: [
      {
        call: () => [`select app.announce_expiring_credentials()`, []],
        answers: { [outsiders]: '42501' },
      },
    ],
  },
  'alert_channel_refusal(uuid,text)': { who: '' },
  'approve_host(uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ hostId }) => [`select app.approve_host($1) as refused`, [hostId]],
        answers: { [notAdministrator]: 'administrator_needed' },
      },
    ],
  },
  'audit_append(uuid,text,text,text,text,text,jsonb,jsonb,text)': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [`select app.audit_append($1, 'run.succeeded')`, [b.tenantId]],
        answers: { [outsiders]: '42501' },
      },
    ],
  },
  'audit_append_many(uuid[],text[],text[],text[],text[],text[],jsonb[],jsonb[],text[])': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [`select app.audit_append_many(array[$1::uuid], '{run.succeeded}')`, [b.tenantId]],
        answers: { [outsiders]: '42501' },
      },
    ],
  },
  'audit_chain(bytea,bytea)': {
    who: 'technician host',
    attacks: [
      {
        call: () => [`select app.audit_chain('x'::bytea, 'y'::bytea) is not null as computed`, []],
        answers: { reader: [{ computed: true }] },
      },
    ],
  },
  'audit_event_hash(uuid,bigint,timestamp with time zone,text,text,text,text,text,text,text,jsonb,jsonb,text)':
    {
      who: 'technician host',
      attacks: [
        {
          call: () => [`alter function app.audit_event_hash set search_path = 'public'`, []],
          answers: { [`${everybody} ${allHosts}`]: '42501' },
        },
      ],
    },
  'audit_link(bytea,bytea,bytea)': {
    who: 'technician host',
    attacks: [
      {
        call: () => [
          `create or replace function app.audit_link(bytea, bytea, bytea) returns bytea language sql as $$ select $1 $$`,
          [],
        ],
        answers: { [`${everybody} ${allHosts}`]: '42501' },
      },
    ],
  },
  'audit_report(uuid,text,text,text,text,text,jsonb,text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.audit_report($1, 'audit.exported')`, [b.tenantId]],
        answers: { [`${members} administrator`]: '42501', 'stranger removed': '42501' },
      },
      {
        call: ({ a }) => [`select app.audit_report($1, 'run.succeeded')`, [a.tenantId]],
        answers: { [everybody]: '42501' },
      },
      {
        call: ({ b }) => [
          `select app.audit_report($1, 'tenant.edited', outcome => 'denied', detail => '{"story": 1}')`,
          [b.tenantId],
        ],
        answers: { [members]: 'TK001' },
      },
      // Null is no outcome: it passed for a success once, of any kind and in any tenant.
      {
        call: ({ b }) => [
          `select app.audit_report($1, 'run.succeeded', outcome => null, detail => '{"story": 1}')`,
          [b.tenantId],
        ],
        answers: { [members]: 'TK001' },
      },
      {
        call: ({ b }) => [
          `select app.audit_report($1, 'tenant.edited', 'tenant', 'Anna did it', outcome => 'denied')`,
          [b.tenantId],
        ],
        answers: { [members]: 'TK001' },
      },
      {
        call: ({ b }) => [
          `select app.audit_report($1, 'tenant.edited', outcome => 'denied', correlation_id => 'Anna did it')`,
          [b.tenantId],
        ],
        answers: { [members]: 'TK001' },
      },
      {
        call: ({ b }) => [`select app.audit_report($1, 'Anna did it', outcome => 'denied')`, [b.tenantId]],
        answers: { [members]: 'TK001' },
      },
    ],
  },
  'audit_write(uuid[],text[],text[],text[],text[],text[],jsonb[],jsonb[],text[])': { who: '' },
  'cancel_queued_run(app.backup_schedules,boolean)': { who: '' },
  'cancel_run(uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select (app.cancel_run($1)).*`, [b.runId]],
        answers: { [everybody]: 'run_not_found' },
      },
      {
        call: ({ a }) => [`select (app.cancel_run($1)).*`, [a.runId]],
        answers: { 'reader auditor': 'tenant_forbidden' },
      },
    ],
  },
  'connect_tenant(uuid,text,uuid,text,jsonb,text[],uuid,text,uuid,bytea,text[],timestamp with time zone)': {
    who: 'technician',
    attacks: [
      {
        call: () => [
          `select app.connect_tenant(gen_random_uuid(), 'X', gen_random_uuid(), 'global', null, null, gen_random_uuid(), 'secret', gen_random_uuid(), 'x', '{x}', null) as refused`,
          [],
        ],
        answers: { [notAdministrator]: 'administrator_needed' },
      },
    ],
  },
  'count_live_hosts(uuid,integer)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select can_open_tenant from app.count_live_hosts($1, 45)`, [b.tenantId]],
        answers: { [everybody]: [{ can_open_tenant: 0 }] },
      },
    ],
  },
  'count_waiting_messages(uuid)': {
    who: 'technician host',
    attacks: [
      {
        call: ({ b }) => [`select app.count_waiting_messages($1) as waiting`, [b.channelId]],
        answers: { [`${everybody} ${outsiders}`]: [{ waiting: 0 }] },
      },
    ],
  },
  'create_schedule(uuid,text,jsonb,text,jsonb,timestamp with time zone,text,uuid,integer)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select (app.create_schedule($1, 'x', '{}', 'UTC', '{}', now() + interval '1 day', 'x')).refused`,
          [b.tenantId],
        ],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a }) => [
          `select (app.create_schedule($1, 'x', '{}', 'UTC', '{}', now() + interval '1 day', 'x')).refused`,
          [a.tenantId],
        ],
        answers: { 'reader operator auditor': 'tenant_forbidden' },
      },
    ],
  },
  'count_template_schedules()': {
    who: 'technician',
    attacks: [
      // The neighbour has a schedule of the template: only who removes templates hears of it, as a number.
      {
        call: () => [`select schedules from app.count_template_schedules()`, []],
        answers: {
          [members]: [{ schedules: 1 }],
          administrator: [{ schedules: 2 }],
          'stranger removed': [],
        },
      },
    ],
  },
  'current_technician_id()': {
    who: 'technician host',
    attacks: [
      {
        call: () => [`select app.current_technician_id() as id`, []],
        answers: { [`removed ${allHosts}`]: [{ id: null }] },
      },
    ],
  },
  'db_now()': {
    who: 'technician host',
    attacks: [
      {
        call: () => [
          `create or replace function app.db_now() returns timestamptz language sql as $$ select timestamptz '2000-01-01' $$`,
          [],
        ],
        answers: { [`${everybody} ${allHosts}`]: '42501' },
      },
    ],
  },
  'delete_schedule(uuid,integer,timestamp with time zone,jsonb)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.delete_schedule($1, 1, null, '[]') as refused`, [b.scheduleId]],
        answers: { [everybody]: 'schedule_not_found' },
      },
      {
        call: ({ a }) => [`select app.delete_schedule($1, 1, null, '[]') as refused`, [a.scheduleId]],
        answers: { 'reader operator auditor': 'tenant_forbidden' },
      },
    ],
  },
  'detach_schedule(uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.detach_schedule($1) as refused`, [b.scheduleId]],
        answers: { [everybody]: 'schedule_not_found' },
      },
      {
        call: ({ a }) => [`select app.detach_schedule($1) as refused`, [a.scheduleId]],
        answers: { 'reader operator auditor': 'tenant_forbidden' },
      },
    ],
  },
  'disconnect_tenant(uuid,text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.disconnect_tenant($1, 'x') as refused`, [b.tenantId]],
        answers: { [everybody]: 'tenant_forbidden' },
      },
      {
        call: ({ a }) => [`select app.disconnect_tenant($1, 'x') as refused`, [a.tenantId]],
        answers: { [`${tooWeak} manager administrator`]: 'tenant_forbidden' },
      },
    ],
  },
  'edit_schedule(uuid,integer,timestamp with time zone,jsonb,text,jsonb,text,jsonb,boolean,text,timestamp with time zone,timestamp with time zone,text,uuid,integer)':
    {
      who: 'technician',
      attacks: [
        {
          call: ({ b }) => [
            `select (app.edit_schedule($1, 1, null, '[]', 'x', '{}', 'UTC', '{}', true, null, null, now() + interval '1 day', 'x')).refused`,
            [b.scheduleId],
          ],
          answers: { [everybody]: 'schedule_not_found' },
        },
        {
          call: ({ a }) => [
            `select (app.edit_schedule($1, 1, null, '[]', 'x', '{}', 'UTC', '{}', true, null, null, now() + interval '1 day', 'x')).refused`,
            [a.scheduleId],
          ],
          answers: { 'reader operator auditor': 'tenant_forbidden', administrator: 'schedule_not_found' },
        },
      ],
    },
  'edit_tenant(uuid,text,text[])': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.edit_tenant($1, 'Mine', '{}') as refused`, [b.tenantId]],
        answers: { [everybody]: 'tenant_forbidden' },
      },
      {
        call: ({ a }) => [`select app.edit_tenant($1, 'Mine', '{}') as refused`, [a.tenantId]],
        answers: { [`${tooWeak} administrator`]: 'tenant_forbidden' },
      },
    ],
  },
  'end_pause(uuid,integer,timestamp with time zone,text)': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [`select app.end_pause($1, 1, null, 'x')`, [b.scheduleId]],
        answers: { [outsiders]: '42501' },
      },
    ],
  },
  'enrol_host(text,text,text)': {
    who: 'host',
    attacks: [
      {
        call: () => [`select (app.enrol_host('OFFICE-1', 'service', 'age1other')).refused`, []],
        answers: { 'host waitingHost': 'host_key_differs' },
      },
    ],
  },
  'grant_membership(uuid,uuid,text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select app.grant_membership($1, app.current_technician_id(), 'owner') as refused`,
          [b.tenantId],
        ],
        answers: { [notAdministrator]: 'tenant_forbidden' },
      },
      {
        call: ({ a }) => [
          `select app.grant_membership($1, app.current_technician_id(), 'owner') as refused`,
          [a.tenantId],
        ],
        answers: { 'reader operator auditor manager stranger removed': 'tenant_forbidden' },
      },
      {
        call: ({ b }) => [
          `select app.grant_membership($1, app.current_technician_id(), 'reader') as refused`,
          [b.tenantId],
        ],
        answers: { administrator: [{ refused: null }] },
      },
    ],
  },
  'guard_backup_run()': { who: '' },
  'guard_backup_set()': { who: '' },
  'guard_run_type()': { who: '' },
  'has_tenant_role(uuid,text[])': {
    who: 'technician host',
    attacks: [
      {
        call: ({ b }) => [
          `select app.has_tenant_role($1, '{owner,manager,operator,auditor,reader}') as has`,
          [b.tenantId],
        ],
        answers: { [everybody]: [{ has: false }], [allHosts]: [{ has: false }] },
      },
    ],
  },
  'host_reach(integer)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select coalesce(sum(r.tenants), 0)::int as tenants from app.host_reach(45) r
            where (r.only_key || r.only_alive)::text like '%BELLOWSCANARY%' or $1::uuid is null`,
          [b.tenantId],
        ],
        answers: { [notAdministrator]: [{ tenants: 0 }] },
      },
      {
        call: () => [`select count(*)::int as hosts from app.host_reach(45)`, []],
        answers: { removed: [{ hosts: 0 }] },
      },
    ],
  },
  'insert_settled_slots(app.backup_schedules,jsonb)': { who: '' },
  'is_administrator()': {
    who: 'technician host',
    attacks: [
      {
        call: () => [`select app.is_administrator() as is`, []],
        answers: { [`${notAdministrator} ${allHosts}`]: [{ is: false }] },
      },
    ],
  },
  'is_host()': {
    who: 'technician host',
    attacks: [
      {
        call: () => [`select app.is_host() as is`, []],
        answers: { [`${everybody} ${outsiders}`]: [{ is: false }] },
      },
    ],
  },
  'is_last_owner(uuid,uuid)': { who: '' },
  'is_pause_over(app.hosts)': { who: '' },
  'is_paused_host()': {
    who: 'host',
    attacks: [
      {
        call: () => [`select app.is_paused_host() as is`, []],
        answers: { [allHosts]: [{ is: false }] },
      },
    ],
  },
  'needed_manifests(uuid)': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [`select app.needed_manifests($1)`, [b.tenantId]],
        answers: { [outsiders]: [] },
      },
    ],
  },
  'pause_schedules_of_tenant()': { who: '' },
  'pause_host(uuid,integer,text,name)': {
    who: 'technician host',
    attacks: [
      {
        call: ({ hostId }) => [`select app.pause_host($1, 60, 'x', 'somebody') as refused`, [hostId]],
        answers: { [`${notAdministrator} ${outsiders}`]: 'administrator_needed' },
      },
      {
        call: ({ hostId }) => [`select app.pause_host($1, 100000, 'x') as refused`, [hostId]],
        answers: { administrator: 'pause_invalid' },
      },
    ],
  },
  'permitted_tenants(text[])': {
    who: 'technician host',
    attacks: [
      {
        call: ({ a }) => [
          `select count(*)::int as tenants from app.permitted_tenants() p where p <> $1`,
          [a.tenantId],
        ],
        answers: { [everybody]: [{ tenants: 0 }], [allHosts]: [{ tenants: 0 }] },
      },
    ],
  },
  'pin_set(uuid,text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.pin_set($1, 'x')`, [b.setId]],
        answers: { [everybody]: 'TK113' },
      },
      {
        call: ({ a }) => [`select app.pin_set($1, 'x')`, [a.setId]],
        answers: { 'reader auditor': '42501' },
      },
    ],
  },
  'prune_old_records(interval,interval,integer)': {
    who: 'host',
    attacks: [
      {
        call: () => [`select app.prune_old_records('0', '0', 1000000)`, []],
        answers: { [outsiders]: '42501' },
      },
    ],
  },
  'prune_sets(uuid,uuid[])': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [`select app.prune_sets($1, array[$2::uuid])`, [b.scheduleId, b.setId]],
        answers: { [outsiders]: '42501', host: 'TK112' },
      },
    ],
  },
  'record_set_verifications(uuid,uuid[],integer[],integer[],text[],text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select app.record_set_verifications($1, array[$2::uuid], '{1}', '{0}', array[null::text])`,
          [b.tenantId, b.setId],
        ],
        answers: { [everybody]: 'TK113' },
      },
      {
        call: ({ a, b }) => [
          `select app.record_set_verifications($1, array[$2::uuid], '{1}', '{0}', array[null::text])`,
          [a.tenantId, b.setId],
        ],
        answers: { 'operator auditor manager owner': 'TK113' },
      },
      {
        call: ({ a }) => [
          `select app.record_set_verifications($1, array[$2::uuid], '{1}', '{0}', array[null::text])`,
          [a.tenantId, a.setId],
        ],
        answers: { reader: '42501' },
      },
    ],
  },
  'refuse(uuid,text,text,text,text)': { who: '' },
  'refuse_member(uuid,text,text,text,text)': { who: '' },
  'refuse_schedule_change(app.backup_schedules,text,integer,timestamp with time zone,jsonb)': { who: '' },
  'remove_alert_channel(uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.remove_alert_channel($1) as refused`, [b.channelId]],
        answers: { [everybody]: 'alert_channel_unknown' },
      },
      {
        call: ({ a }) => [`select app.remove_alert_channel($1) as refused`, [a.channelId]],
        answers: {
          'reader operator auditor': 'tenant_forbidden',
          'administrator stranger removed': 'alert_channel_unknown',
        },
      },
    ],
  },
  'remove_host(uuid,text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ hostId }) => [`select app.remove_host($1, null) as refused`, [hostId]],
        answers: { [notAdministrator]: 'administrator_needed' },
      },
    ],
  },
  'remove_view(uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select app.remove_view(coalesce((select v.id from app.saved_views v where v.tenant_id = $1), gen_random_uuid())) as refused`,
          [b.tenantId],
        ],
        answers: { [everybody]: 'view_unknown' },
      },
      {
        call: ({ a }) => [
          `select app.remove_view((select v.id from app.saved_views v where v.tenant_id = $1)) as refused`,
          [a.tenantId],
        ],
        answers: { 'reader operator auditor': 'tenant_forbidden', 'stranger removed': 'view_unknown' },
      },
    ],
  },
  'save_view(uuid,text,text,jsonb)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select (app.save_view($1, 'audit', 'x', '{}')).refused`, [b.tenantId]],
        answers: { [`${members} administrator stranger`]: 'tenant_not_found', removed: '42501' },
      },
      {
        call: ({ a }) => [`select (app.save_view($1, 'audit', 'x', '{}')).refused`, [a.tenantId]],
        answers: { reader: 'tenant_forbidden' },
      },
    ],
  },
  'remove_technician(uuid,text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.remove_technician($1, null) as refused`, [b.technicianId]],
        answers: { [notAdministrator]: 'administrator_needed' },
      },
    ],
  },
  'request_types_retry(uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select (app.request_types_retry($1)).*`, [b.runId]],
        answers: { [everybody]: 'run_not_found' },
      },
      {
        call: ({ a }) => [`select (app.request_types_retry($1)).*`, [a.runId]],
        answers: { 'reader auditor': 'tenant_forbidden', operator: 'run_types_not_retryable' },
      },
    ],
  },
  'request_run(uuid,uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select (app.request_run($1)).*`, [b.scheduleId]],
        answers: { [everybody]: 'schedule_not_found' },
      },
      {
        call: ({ a }) => [`select (app.request_run($1)).*`, [a.scheduleId]],
        answers: { 'reader auditor': 'tenant_forbidden' },
      },
    ],
  },
  'reseal_alert_channel(uuid,bytea,text[])': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [
          `select app.reseal_alert_channel($1, 'mine', '{age1mine}') as refused`,
          [b.channelId],
        ],
        answers: { [outsiders]: 'host_needed' },
      },
    ],
  },
  'reseal_credential(uuid,bytea,text[])': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [
          `select app.reseal_credential($1, 'mine', '{age1mine}') as refused`,
          [b.credentialId],
        ],
        answers: { [outsiders]: 'host_needed' },
      },
    ],
  },
  'reseal_secrets(uuid,bytea[],bytea[],bytea[],bytea)': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [
          `select (app.reseal_secrets($1, array[sha256('x')], array[sha256('x')], array['mine'::bytea], sha256('mine'))).refused`,
          [b.tenantId],
        ],
        answers: { [outsiders]: 'host_needed' },
      },
    ],
  },
  'reseal_sign_in(uuid,text,bytea,text[])': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [
          `select app.reseal_sign_in($1, 'guess', 'mine', '{age1mine}') as refused`,
          [b.credentialId],
        ],
        answers: { [outsiders]: 'host_needed' },
      },
    ],
  },
  'reseal_tenant_key(uuid,bytea,text[])': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [`select app.reseal_tenant_key($1, 'mine', '{age1mine}') as refused`, [b.tenantId]],
        answers: { [outsiders]: 'host_needed' },
      },
    ],
  },
  'resume_host(uuid,name)': {
    who: 'technician host',
    attacks: [
      {
        call: ({ hostId }) => [`select app.resume_host($1, 'somebody') as refused`, [hostId]],
        answers: { [`${notAdministrator} ${outsiders}`]: 'administrator_needed' },
      },
    ],
  },
  'revoke_membership(uuid,uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.revoke_membership($1, $2) as refused`, [b.tenantId, b.technicianId]],
        answers: { [notAdministrator]: 'tenant_forbidden', administrator: 'last_owner' },
      },
    ],
  },
  'schedule_audit_view(app.backup_schedules)': { who: '' },
  'count_tenants()': { who: '' },
  'count_of_tenant(uuid)': { who: '' },
  'keep_tenant_deleted()': { who: '' },
  'refuse_role_in_deleted_tenant()': { who: '' },
  'all_tenants_but(text[])': {
    who: 'technician host',
    attacks: [
      {
        call: () => [`select app.all_tenants_but() as deleted`, []],
        answers: { [everybody]: [{ deleted: null }], [allHosts]: [{ deleted: null }] },
      },
    ],
  },
  'readable_deleted_tenants()': {
    who: 'technician host',
    attacks: [
      {
        call: () => [`select count(*)::int as readable from app.readable_deleted_tenants()`, []],
        answers: { [everybody]: [{ readable: 0 }], [allHosts]: [{ readable: 0 }] },
      },
    ],
  },
  'preview_tenant_deletion(uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.preview_tenant_deletion($1) as content`, [b.tenantId]],
        answers: { [everybody]: [{ content: null }] },
      },
      {
        call: ({ a }) => [`select app.preview_tenant_deletion($1) as content`, [a.tenantId]],
        answers: { [`${tooWeak} manager administrator`]: [{ content: null }] },
      },
    ],
  },
  'delete_tenant(uuid,text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select app.delete_tenant($1, (select t.name from app.tenants t where t.id = $1)) as refused`,
          [b.tenantId],
        ],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a }) => [`select app.delete_tenant($1, 'Another name') as refused`, [a.tenantId]],
        answers: { owner: 'tenant_name_differs' },
      },
      {
        call: ({ a }) => [
          `select app.delete_tenant($1, (select t.name from app.tenants t where t.id = $1)) as refused`,
          [a.tenantId],
        ],
        answers: {
          'reader operator auditor manager': 'tenant_forbidden',
          'administrator stranger removed': 'tenant_not_found',
        },
      },
    ],
  },
  'erase_deleted_tenant(integer)': {
    who: 'host',
    attacks: [
      {
        call: () => [`select app.erase_deleted_tenant(1000)`, []],
        answers: { [outsiders]: '42501' },
      },
    ],
  },
  'count_memberships()': { who: '' },
  'sees_every_tenant(text[])': {
    who: 'technician host',
    attacks: [
      {
        call: () => [`select app.sees_every_tenant() as sees`, []],
        answers: { [everybody]: [{ sees: false }], [allHosts]: [{ sees: false }] },
      },
    ],
  },
  'save_alert_channel(uuid,uuid,text,text,jsonb,bytea,text[],boolean,text,jsonb,jsonb)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select app.save_alert_channel(gen_random_uuid(), $1, 'x', 'webhook', '{}', 'x', '{x}', true, 'warning', null, null) as refused`,
          [b.tenantId],
        ],
        answers: { [everybody]: 'tenant_forbidden' },
      },
      {
        // A channel of another tenant, claimed for one's own or for the workspace.
        call: ({ a, b }) => [
          `select app.save_alert_channel($1, $2, 'x', 'webhook', '{}', 'x', '{x}', true, 'warning', null, null) as refused`,
          [b.channelId, a.tenantId],
        ],
        answers: {
          'manager owner': 'alert_channel_unknown',
          [`${tooWeak} administrator`]: 'tenant_forbidden',
        },
      },
      {
        // The stored secret for a server of one's own.
        call: ({ a }) => [
          `select app.save_alert_channel($1, $2, 'x', 'webhook', '{"host": "mine.example"}', null, null, true, 'warning', null, null) as refused`,
          [a.channelId, a.tenantId],
        ],
        answers: { 'manager owner': 'alert_channel_secret_needed' },
      },
      {
        call: ({ b }) => [
          `select app.save_alert_channel($1, null, 'x', 'webhook', '{}', 'x', '{x}', true, 'warning', null, null) as refused`,
          [b.channelId],
        ],
        answers: { administrator: 'alert_channel_unknown', [notAdministrator]: 'administrator_needed' },
      },
    ],
  },
  'set_default_retention(uuid,jsonb)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.set_default_retention($1, '{"keepLast": 1}') as refused`, [b.tenantId]],
        answers: { [everybody]: 'tenant_forbidden' },
      },
      {
        call: ({ a }) => [`select app.set_default_retention($1, '{"keepLast": 1}') as refused`, [a.tenantId]],
        answers: { [`${tooWeak} administrator`]: 'tenant_forbidden' },
      },
      {
        call: () => [`select app.set_default_retention(null, '{"keepLast": 1}') as refused`, []],
        answers: { [notAdministrator]: 'administrator_needed' },
      },
    ],
  },
  'set_administrator(uuid,boolean)': {
    who: 'technician',
    attacks: [
      {
        call: () => [`select app.set_administrator(app.current_technician_id(), true) as refused`, []],
        answers: { [notAdministrator]: 'administrator_needed' },
      },
    ],
  },
  'snooze_attention(uuid,text,text,timestamp with time zone)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select app.snooze_attention($1, 'partial', 'because', now() + interval '1 day') as refused`,
          [b.tenantId],
        ],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a }) => [
          `select app.snooze_attention($1, 'partial', 'because', now() + interval '1 day') as refused`,
          [a.tenantId],
        ],
        answers: { 'reader auditor': 'tenant_forbidden' },
      },
    ],
  },
  'end_snooze(uuid,text)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.end_snooze($1, 'failed') as refused`, [b.tenantId]],
        answers: { [everybody]: 'tenant_not_found' },
      },
      {
        call: ({ a }) => [`select app.end_snooze($1, 'failed') as refused`, [a.tenantId]],
        answers: { 'reader auditor': 'tenant_forbidden' },
      },
    ],
  },
  'note_schedule_pause()': { who: '' },
  'store_credential(uuid,uuid,text,uuid,bytea,text[],timestamp with time zone)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [
          `select app.store_credential($1, gen_random_uuid(), 'secret', gen_random_uuid(), 'x', '{x}', null) as refused`,
          [b.tenantId],
        ],
        answers: { [everybody]: 'tenant_forbidden' },
      },
      {
        call: ({ a }) => [
          `select app.store_credential($1, gen_random_uuid(), 'secret', gen_random_uuid(), 'x', '{x}', null) as refused`,
          [a.tenantId],
        ],
        answers: { [`${tooWeak} administrator`]: 'tenant_forbidden' },
      },
    ],
  },
  'sweep_content(uuid,bytea[],bytea[],interval)': {
    who: 'host',
    attacks: [
      {
        call: ({ b }) => [
          `select app.sweep_content($1, array[sha256('x')], array[sha256('x')], interval '0')`,
          [b.tenantId],
        ],
        answers: { [outsiders]: '42501' },
      },
    ],
  },
  'test_alert_channel(uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select refused from app.test_alert_channel($1)`, [b.channelId]],
        answers: { [everybody]: 'alert_channel_unknown' },
      },
      {
        call: ({ a }) => [`select refused from app.test_alert_channel($1)`, [a.channelId]],
        answers: {
          'reader operator auditor': 'tenant_forbidden',
          'administrator stranger removed': 'alert_channel_unknown',
        },
      },
    ],
  },
  'unpin_set(uuid)': {
    who: 'technician',
    attacks: [
      {
        call: ({ b }) => [`select app.unpin_set($1)`, [b.setId]],
        answers: { [everybody]: 'TK113' },
      },
      {
        call: ({ a }) => [`select app.unpin_set($1)`, [a.setId]],
        answers: { 'reader auditor operator': '42501' },
      },
    ],
  },
};
