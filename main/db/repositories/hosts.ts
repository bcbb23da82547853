import type { Sql } from '../database.ts';
import { changeHostState as changeHostStateSql } from '../sql/change-host-state.sql.ts';
import { checkInHost as checkInHostSql } from '../sql/check-in-host.sql.ts';
import { throwIfRefused } from './refusals.ts';
import { markHostTick as markHostTickSql } from '../sql/mark-host-tick.sql.ts';

/** Host instances: one row per process start. A host is alive while it checked in within 45 seconds. */

export type HostKind = 'desktop' | 'service' | 'command';
export type HostState = 'running' | 'stopping' | 'stopped' | 'asleep';

/** Seconds without a check-in after which a host counts as offline. */
export const hostOfflineAfterSeconds = 45;

export interface HostCheckIn {
  instanceId: string;
  hostId: string;
  name: string;
  kind: HostKind;
  appVersion: string;
  engineLevel: number;
  state: Extract<HostState, 'running' | 'stopping' | 'asleep'>;
  openableTenantIds: readonly string[];
  /** Database time minus host time, and half the round trip; null before the first measurement. */
  clockOffsetMs: number | null;
  clockErrorMs: number | null;
}

/**
 * Inserts (`first`) or renews the row of an instance. `known` false: the row is gone or says stopped, and the
 * process has to check in under a new id. `now` is the database's time,
 * `minEngineLevel` what an engine needs to dispatch, claim and reap.
 */
export async function checkInHost(
  sql: Sql,
  host: HostCheckIn,
  first: boolean,
): Promise<{ known: boolean; now: Date; minEngineLevel: number }> {
  const [row] = await sql.query<{ known: boolean; now: Date; minEngineLevel: number }>(checkInHostSql, [
    host.instanceId,
    host.hostId,
    host.name,
    host.kind,
    host.appVersion,
    host.engineLevel,
    host.state,
    host.openableTenantIds,
    host.clockOffsetMs,
    host.clockErrorMs,
    first,
  ]);
  return row!;
}

/** Says what an instance is doing; `stopped` is final. */
export async function changeHostState(sql: Sql, instanceId: string, state: HostState): Promise<void> {
  await sql.query(changeHostStateSql, [instanceId, state]);
}

/** Notes a finished tick for the dashboard's "last tick". */
export async function markHostTick(sql: Sql, instanceId: string): Promise<void> {
  await sql.query(markHostTickSql, [instanceId]);
}

/** How many live hosts there are, and how many of them have opened the credential of the tenant. */
export async function countLiveHosts(
  sql: Sql,
  tenantId: string,
): Promise<{ alive: number; canOpenTenant: number }> {
  const [row] = await sql.query<{ alive: number; canOpenTenant: number }>(
    `select alive, can_open_tenant as "canOpenTenant" from app.count_live_hosts($1, $2)`,
    [tenantId, hostOfflineAfterSeconds],
  );
  return row!;
}

/** An installation that may run backups, with what is known of its processes. */
export interface Host {
  hostId: string;
  login: string;
  name: string;
  kind: HostKind;
  /** age recipient. */
  publicKey: string;
  enrolledAt: Date;
  approvedAt: Date | null;
  approvedBy: string | null;
  /** Last check-in of any of its processes; null when none ever ran. */
  lastSeenAt: Date | null;
  /** A process of it checked in within the last 45 seconds. */
  alive: boolean;
}

/** Hosts that were not removed, by name. For technicians. */
export async function listHosts(sql: Sql): Promise<Host[]> {
  return sql.query<Host>(
    `select h.id as "hostId", h.login::text as login, h.name, h.kind, h.public_key as "publicKey",
            h.enrolled_at as "enrolledAt", h.approved_at as "approvedAt", h.approved_by::text as "approvedBy",
            i.last_seen_at as "lastSeenAt",
            coalesce(i.alive_at > (select app.db_now()) - make_interval(secs => $1), false) as alive
       from app.hosts h
       left join lateral (select max(n.last_seen_at) as last_seen_at,
                                 max(n.last_seen_at) filter (where n.state = 'running') as alive_at
                            from app.host_instances n where n.host_id = h.id) i on true
      where h.removed_at is null
      order by lower(h.name), h.id`,
    [hostOfflineAfterSeconds],
  );
}

/** Lets a host work. For administrators. */
export async function approveHost(sql: Sql, hostId: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>('select app.approve_host($1) as refused', [
    hostId,
  ]);
  throwIfRefused(row!.refused);
}

/** True when the caller is a host that somebody paused. */
export async function isPausedHost(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ paused: boolean }>('select app.is_paused_host() as paused');
  return row!.paused;
}

/**
 * Keeps a host from dispatching and claiming for so many minutes, or until it is resumed. For administrators, and for
 * the host itself on behalf of the login that it names.
 */
export async function pauseHost(
  sql: Sql,
  hostId: string,
  pause: { minutes: number | null; reason: string | null; askedBy?: string },
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.pause_host($1, $2, $3, $4) as refused',
    [hostId, pause.minutes, pause.reason, pause.askedBy ?? null],
  );
  throwIfRefused(row!.refused);
}

/** Ends a pause; for the same callers. */
export async function resumeHost(sql: Sql, hostId: string, askedBy?: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>('select app.resume_host($1, $2) as refused', [
    hostId,
    askedBy ?? null,
  ]);
  throwIfRefused(row!.refused);
}

/** Of the tenants that the caller may know: how many a host's key opens, and which ones only it opens. */
export interface HostReach {
  hostId: string;
  tenants: number;
  /** Nobody else's key opens these. */
  onlyKey: string[];
  /** No other host that is up and not paused has opened these. */
  onlyAlive: string[];
}

export async function listHostReach(sql: Sql): Promise<HostReach[]> {
  return await sql.query<HostReach>(
    `select host_id as "hostId", tenants, only_key as "onlyKey", only_alive as "onlyAlive" from app.host_reach($1)`,
    [hostOfflineAfterSeconds],
  );
}

/** Takes every right from a host at once, also in connections that are open. For administrators. */
export async function removeHost(sql: Sql, hostId: string, reason: string | null): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>('select app.remove_host($1, $2) as refused', [
    hostId,
    reason,
  ]);
  throwIfRefused(row!.refused);
}
