import {
  requirePrintable,
  serviceDescription,
  serviceWords,
  type ServiceDefinition,
} from './service-definition.ts';

/**
 * A file for settings that do not belong into the home's config.json, such as TENANTKEEP_DATABASE_URL with a
 * login of its own. Optional; for root to write, readable by root only.
 */
export const systemdEnvironmentFile = '/etc/tenantkeep/service.env';

/** Seconds without a sign of life after which systemd ends the service and starts it anew. */
export const watchdogSeconds = 120;

/**
 * The systemd unit (systemd.service(5), systemd.exec(5)). It starts at boot without anyone signed in, after a
 * PostgreSQL on the same machine where there is one, and waits by itself for a server elsewhere. Throws
 * `service_definition_invalid`.
 */
export function systemdUnit(definition: ServiceDefinition): string {
  requirePrintable(definition);
  const home = escapeSpecifiers(definition.home);
  return `[Unit]
Description=${serviceDescription}
Wants=network-online.target
# Ordering only: where postgresql.service does not exist, this says nothing.
After=network-online.target postgresql.service
# A backup host never gives up for good, however often it failed.
StartLimitIntervalSec=0

[Service]
# Node has no datagram sockets, so the service tells systemd by systemd-notify, which is another process.
Type=notify
NotifyAccess=all
ExecStart=${serviceWords(definition).map(quoteWord).join(' ')}
User=${escapeSpecifiers(definition.account)}
EnvironmentFile=-${systemdEnvironmentFile}
Environment=NODE_ENV=production
WorkingDirectory=${home}
Restart=on-failure
RestartSec=5
WatchdogSec=${watchdogSeconds}
# The service says at once that it is there and waits for its database by itself.
TimeoutStartSec=60
# Runs are given back to the queue and the embedded database is stopped in good order.
TimeoutStopSec=60
# Only the service is asked to stop: it stops its database itself, after its own connections are closed.
KillMode=mixed
SuccessExitStatus=130

UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=${quoteValue(definition.home)}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute is left out: the JavaScript engine writes the code that it runs.

[Install]
WantedBy=multi-user.target
`;
}

/** A word of a command line: quoted, without specifiers, variables or escapes of its own (systemd.syntax(7)). */
function quoteWord(word: string): string {
  return quoteValue(word).replaceAll('$', '$$$$');
}

function quoteValue(text: string): string {
  return `"${escapeSpecifiers(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%');
}
