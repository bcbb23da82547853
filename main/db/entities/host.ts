import { defineEntity } from '@mikro-orm/core';

/** An installation that may run backups once it is approved. Its process starts are in host_instances. */
export const HostEntity = defineEntity({
  name: 'Host',
  tableName: 'hosts',
  readonly: true,
  properties: (p) => ({
    id: p.uuid().primary(),
    login: p.text(),
    name: p.text(),
    kind: p.text().$type<'desktop' | 'service' | 'command'>(),
    publicKey: p.text(),
    enrolledAt: p.datetime(),
    approvedAt: p.datetime().nullable(),
    approvedBy: p.text().nullable(),
    removedAt: p.datetime().nullable(),
    pausedAt: p.datetime().nullable(),
    pausedUntil: p.datetime().nullable(),
    pausedBy: p.text().nullable(),
    pauseReason: p.text().nullable(),
  }),
});
