import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Workspace } from '../composition.ts';
import type { CredentialSecret } from '../credentials/sealed-credential.ts';
import type { CloudChoice } from '../graph/clouds.ts';
import type { TenantCredential } from '../graph/credential-loader.ts';
import { signInWithBrowser, signInWithDeviceCode, type PersonSignIn } from '../graph/person-sign-in.ts';
import type { Output } from './output.ts';
import { usageError } from './usage-error.ts';

/** Options that ask for the sign-in of a person instead of a credential of the app. */
export interface SignInOptions {
  deviceCode?: boolean;
  browser?: boolean;
  secretFile?: string;
  certificateFile?: string;
  privateKeyFile?: string;
}

/** Said wherever such a credential is offered. */
export const signInNote = `
A sign-in (--device-code, --browser) depends on a person: it ends when that person leaves, changes the password, or
when conditional access asks again, and then the backups of the tenant fail until somebody signs in again. It is not
for unattended hosts; give those a certificate. It reads what the person may read, and so also the few types that
Microsoft Graph gives to no app. The app registration needs "Allow public client flows", and for --browser the
redirect URI http://localhost under "Mobile and desktop applications".`;

/** How the person is to sign in; null when the options name a credential of the app. */
export function chosenSignIn(options: SignInOptions): 'device-code' | 'browser' | null {
  const ways = [
    ...(options.deviceCode === true ? (['device-code'] as const) : []),
    ...(options.browser === true ? (['browser'] as const) : []),
  ];
  const [way] = ways;
  if (way === undefined) return null;
  const { secretFile, certificateFile, privateKeyFile } = options;
  if (ways.length > 1 || [secretFile, certificateFile, privateKeyFile].some((file) => file !== undefined)) {
    throw usageError('Give one of --device-code, --browser, --secret-file or --certificate-file.');
  }
  return way;
}

/** A credential for trying, and what of it has to be sealed after the trial. */
export interface GivenCredential {
  credential: TenantCredential;
  /** Asked for after the trial, which may have renewed the refresh token. */
  toSeal(): CredentialSecret;
}

/** Where the credential is good for. */
export interface CredentialPlace {
  tenantGuid: string;
  clientId: string;
  cloud: CloudChoice;
}

/** A secret or certificate as it was read from files. */
export function givenByFile(
  place: CredentialPlace,
  secret: Exclude<CredentialSecret, { kind: 'delegated' }>,
): GivenCredential {
  return { credential: { ...place, ...secret }, toSeal: () => secret };
}

/** Signs a person in; the terminal says where and with which code. Throws as the sign-in does. */
export async function signInPerson(
  way: 'device-code' | 'browser',
  place: CredentialPlace,
  parts: { workspace: Workspace; output: Output; signal: AbortSignal },
): Promise<GivenCredential> {
  const { workspace, output, signal } = parts;
  const where = { ...place, clock: workspace.clock, signal };
  const signIn: PersonSignIn =
    way === 'device-code'
      ? await signInWithDeviceCode(where, ({ url, code, minutes }) => {
          output.progress(`Open ${url} in any browser and enter the code ${code} (good for ${minutes} min).`);
          output.progress('Waiting for the sign-in; Ctrl+C cancels.');
        })
      : await signInWithBrowser(where, (url) => {
          output.progress(`Opening the browser. If none appears, open this address: ${url}`);
          output.progress('Waiting for the sign-in; Ctrl+C cancels.');
          openBrowser(url, () =>
            output.progress('No browser could be started here; open the address above.'),
          );
        });
  output.progress(
    `Signed in as ${signIn.account}. Backups of this tenant depend on that person from now on.`,
  );
  let { refreshToken } = signIn;
  return {
    credential: {
      ...place,
      kind: 'delegated',
      signInId: randomUUID(),
      refreshTokens: {
        read: () => Promise.resolve({ refreshToken, version: '' }),
        replace: (_used, next) => {
          refreshToken = next;
          return Promise.resolve();
        },
      },
    },
    toSeal: () => ({ kind: 'delegated', refreshToken, account: signIn.account }),
  };
}

/**
 * Opens an address in the person's browser, which goes on when this command ends. No shell sees the address. The
 * variable BROWSER names another program, as is usual on Linux.
 */
function openBrowser(url: string, onFailure: () => void): void {
  const chosen = process.env['BROWSER'];
  const [program, words] =
    chosen !== undefined && chosen !== ''
      ? [chosen, []]
      : process.platform === 'win32'
        ? ['rundll32', ['url.dll,FileProtocolHandler']]
        : [process.platform === 'darwin' ? 'open' : 'xdg-open', []];
  const child = spawn(program, [...words, url], { detached: true, stdio: 'ignore' });
  child.once('error', onFailure);
  child.once('exit', (code) => {
    if (code !== 0) onFailure();
  });
  child.unref();
}
