/** What can be in trouble, in the words of the settings page. Stable codes: stored, shown and sent. */
export const alertCauses = {
  tenant_health: 'A tenant is at risk, unprotected or disconnected',
  runs_failed: 'Runs of a schedule failed several times in a row',
  run_partial: 'A run became partial',
  credential_expiring: 'A credential ends within 30 days',
  host_gone: 'A host is gone without having been stopped',
  nothing_dispatched: 'No host dispatched schedules',
  chain_broken: 'An audit chain is broken',
} as const;
export type AlertCause = keyof typeof alertCauses;

export const alertSeverities = ['warning', 'critical'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

export const alertChannelKinds = ['teams', 'smtp', 'webhook'] as const;
export type AlertChannelKind = (typeof alertChannelKinds)[number];

/** Why a message is sent: trouble began, grew, goes on for another day, is over; or somebody tries the channel. */
export const alertMessageKinds = ['raised', 'escalated', 'reminder', 'recovered', 'test'] as const;
export type AlertMessageKind = (typeof alertMessageKinds)[number];

/** Wall-clock times in a zone, between which messages wait. `from` later than `to` goes over midnight. */
export interface QuietHours {
  /** `22:00` */
  from: string;
  to: string;
  timeZone: string;
  /** Critical alerts do not wait. */
  exceptCritical: boolean;
}

/** Messages are gathered and sent once a day at this wall-clock time. */
export interface Digest {
  at: string;
  timeZone: string;
  /** Critical alerts are sent at once. */
  exceptCritical: boolean;
}
