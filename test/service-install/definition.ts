import type { ServiceDefinition } from '../../main/service-install/service-definition.ts';

/** A definition as an ordinary installation has it, with what a test wants to differ. */
export function aDefinition(different: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return {
    program: ['/usr/bin/env', '/opt/TenantKeep/resources/cli.js'],
    home: '/var/lib/tenantkeep',
    account: 'tenantkeep',
    metricsPort: null,
    ...different,
  };
}

/** Characters that mean something to a shell, to systemd or to XML. */
export const awkwardPath = `/srv/a b/50% %h $HOME "q" 'x' <b> & \\t;c`;
