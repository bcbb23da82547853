import { AppError } from '../../shared/errors.ts';

/** What an installed service is, whatever the system is called. */
export interface ServiceDefinition {
  /** Program and first arguments, absolute: Node and the built (or source) entry of the command line. */
  program: readonly string[];
  /** Home of the installation that it serves; absolute. */
  home: string;
  /** Account that it runs under; the owner of the home's secrets. */
  account: string;
  /** Loopback port of health and metrics; null without. */
  metricsPort: number | null;
}

export type ServicePlatform = 'linux' | 'windows' | 'macos';

/** The name that the service goes by on Linux and Windows. */
export const serviceName = 'tenantkeep';
/** The name that the service goes by on macOS, in Apple's reverse notation. */
export const launchLabel = 'io.tenantkeep.service';

export const serviceDescription = 'TenantKeep: scheduled backups of Microsoft Intune and Entra configuration';

/** The whole command line of the service, program first. */
export function serviceWords(definition: ServiceDefinition): string[] {
  return [
    ...definition.program,
    'service',
    'run',
    '--home',
    definition.home,
    ...(definition.metricsPort === null ? [] : ['--metrics-port', String(definition.metricsPort)]),
  ];
}

/**
 * Refuses what no unit file may carry: a line break or another control character would begin a directive of its
 * own. Throws `service_definition_invalid`.
 */
export function requirePrintable(definition: ServiceDefinition): void {
  const texts: [string, string][] = [
    ...definition.program.map((word): [string, string] => ['program', word]),
    ['home', definition.home],
    ['account', definition.account],
  ];
  for (const [what, text] of texts) {
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    if (text === '' || /[\u0000-\u001f\u007f-\u009f]/.test(text)) {
      throw new AppError(
        'service_definition_invalid',
        `The ${what} of the service is empty or holds a control character.`,
      );
    }
  }
}
