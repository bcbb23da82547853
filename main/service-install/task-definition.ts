import {
  requirePrintable,
  serviceDescription,
  serviceWords,
  type ServiceDefinition,
} from './service-definition.ts';
import { xmlText } from './xml-text.ts';

/** Accounts of Windows itself, which have no password, with their identifiers (MS-DTYP, well-known SIDs). */
const builtInAccounts: Readonly<Record<string, string>> = {
  system: 'S-1-5-18',
  'nt authority\\system': 'S-1-5-18',
  'local service': 'S-1-5-19',
  'nt authority\\local service': 'S-1-5-19',
  'network service': 'S-1-5-20',
  'nt authority\\network service': 'S-1-5-20',
};

/** The identifier of an account of Windows itself; null for a person's or a domain's, which needs its password. */
export function builtInAccountSid(account: string): string | null {
  return builtInAccounts[account.trim().toLowerCase()] ?? null;
}

/**
 * A task for the Windows Task Scheduler (MS-TSCH, task schema 1.2): at boot, without anyone signed in, again a
 * minute after a failure, without a limit of time and also on battery. The schema allows 255 such restarts; the
 * repetition, which does nothing while the task runs, goes on after them. The text says UTF-16, the encoding that
 * `schtasks` expects of a file. Throws `service_definition_invalid`.
 */
export function taskDefinition(definition: ServiceDefinition): string {
  requirePrintable(definition);
  const [program, ...words] = serviceWords(definition);
  const sid = builtInAccountSid(definition.account);
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>TenantKeep</Author>
    <Description>${xmlText(serviceDescription)}</Description>
  </RegistrationInfo>
  <Triggers>
    <BootTrigger>
      <Enabled>true</Enabled>
      <Repetition>
        <Interval>PT5M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
    </BootTrigger>
  </Triggers>
  <Principals>
    <Principal id="Service">
      <UserId>${xmlText(sid ?? definition.account)}</UserId>
${sid === null ? '      <LogonType>Password</LogonType>\n' : ''}      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>255</Count>
    </RestartOnFailure>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <WakeToRun>false</WakeToRun>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <IdleSettings>
      <StopOnIdleEnd>false</StopOnIdleEnd>
      <RestartOnIdle>false</RestartOnIdle>
    </IdleSettings>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
  </Settings>
  <Actions Context="Service">
    <Exec>
      <Command>${xmlText(program!)}</Command>
      <Arguments>${xmlText(words.map(quoteArgument).join(' '))}</Arguments>
      <WorkingDirectory>${xmlText(definition.home)}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`;
}

/** An argument as CommandLineToArgvW takes it apart again: backslashes count double before a quotation mark. */
function quoteArgument(word: string): string {
  if (/^[\w.:/\\@=+,-]+$/.test(word)) return word;
  return `"${word.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replaceAll(/(\\+)$/g, '$1$1')}"`;
}
