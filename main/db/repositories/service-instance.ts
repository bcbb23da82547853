import type { Sql } from '../database.ts';
import { hostOfflineAfterSeconds, type HostState } from './hosts.ts';

/** The newest process of a host that ran as a service, as its row tells it. */
export interface ServiceInstance {
  hostName: string;
  approved: boolean;
  instanceId: string;
  state: HostState;
  /** Running, and checked in within the last 45 seconds. */
  online: boolean;
  version: string;
  startedAt: Date;
  lastSeenAt: Date;
  lastTickAt: Date | null;
  /** Runs that it holds, of tenants that the login may see. */
  running: number;
}

/** Null while the host with this age recipient is unknown or never ran as a service. For technicians and hosts. */
export async function readServiceInstance(sql: Sql, publicKey: string): Promise<ServiceInstance | null> {
  const [row] = await sql.query<ServiceInstance>(
    `select h.name as "hostName", h.approved_at is not null as approved, i.id as "instanceId", i.state,
            i.state = 'running' and i.last_seen_at > app.db_now() - make_interval(secs => $2) as online,
            i.app_version as version, i.started_at as "startedAt", i.last_seen_at as "lastSeenAt",
            i.last_tick_at as "lastTickAt",
            (select count(*)::int from app.backup_runs r
              where r.state = 'running' and r.lease_instance = i.id) as running
       from app.hosts h
       join app.host_instances i on i.host_id = h.id and i.kind = 'service'
      where h.public_key = $1 and h.removed_at is null
      order by i.last_seen_at desc limit 1`,
    [publicKey, hostOfflineAfterSeconds],
  );
  return row ?? null;
}
