import { posix } from 'node:path';
import { launchLabel, requirePrintable, serviceWords, type ServiceDefinition } from './service-definition.ts';
import { xmlText } from './xml-text.ts';

/**
 * The property list of a LaunchDaemon (launchd.plist(5)): started at boot under the chosen account, started
 * again after any end but a good one, never throttled to the background. Throws `service_definition_invalid`.
 */
export function launchDaemon(definition: ServiceDefinition): string {
  requirePrintable(definition);
  const words = serviceWords(definition).map((word) => `    ${text(word)}`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  ${text(launchLabel)}
  <key>ProgramArguments</key>
  <array>
${words.join('\n')}
  </array>
  <key>UserName</key>
  ${text(definition.account)}
  <key>WorkingDirectory</key>
  ${text(definition.home)}
  <key>EnvironmentVariables</key>
  <dict>
    <key>NODE_ENV</key>
    <string>production</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>60</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>ProcessType</key>
  <string>Standard</string>
  <key>StandardErrorPath</key>
  ${text(posix.join(definition.home, 'service-stderr.log'))}
</dict>
</plist>
`;
}

function text(value: string): string {
  return `<string>${xmlText(value)}</string>`;
}
