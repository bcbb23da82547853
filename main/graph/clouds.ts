import { readFile } from 'node:fs/promises';
import { AppError } from '../../shared/errors.ts';

/** The clouds Microsoft runs (GCC uses `global`), and `custom` for any other server that speaks the same. */
export const cloudNames = ['global', 'gcc-high', 'dod', 'china', 'custom'] as const;
export type CloudName = (typeof cloudNames)[number];

/** What a tenant's connection says about its cloud. `custom` brings its own addresses and, if needed, a CA. */
export type CloudChoice =
  | { name: Exclude<CloudName, 'custom'> }
  | {
      name: 'custom';
      graphUrl: string;
      loginUrl: string;
      /** Certificate authorities as PEM text; wins over `caFile`. */
      ca?: string | null;
      /** A file of PEM certificate authorities, trusted besides the system's own. */
      caFile?: string | null;
    };

/** Where to sign in and where to read, ready for use. URLs have no trailing slash. */
export interface CloudEndpoints {
  name: CloudName;
  graphUrl: string;
  loginUrl: string;
  /** Additional certificate authorities as PEM text; null: the system's own only. */
  ca: string | null;
}

/** Token and Graph hosts by cloud (Microsoft Graph documentation, national cloud deployments). */
const microsoftClouds: Readonly<
  Record<Exclude<CloudName, 'custom'>, { graphUrl: string; loginUrl: string }>
> = {
  global: { loginUrl: 'https://login.microsoftonline.com', graphUrl: 'https://graph.microsoft.com' },
  'gcc-high': { loginUrl: 'https://login.microsoftonline.us', graphUrl: 'https://graph.microsoft.us' },
  dod: { loginUrl: 'https://login.microsoftonline.us', graphUrl: 'https://dod-graph.microsoft.us' },
  china: {
    loginUrl: 'https://login.chinacloudapi.cn',
    graphUrl: 'https://microsoftgraph.chinacloudapi.cn',
  },
};

/**
 * Turns a choice of cloud into addresses, reading the CA file of a custom cloud.
 * Throws `AppError` `cloud_address_invalid` or `ca_file_unreadable`.
 */
export async function resolveCloud(choice: CloudChoice): Promise<CloudEndpoints> {
  if (choice.name !== 'custom') return { name: choice.name, ...microsoftClouds[choice.name], ca: null };
  const ca = choice.ca ?? (choice.caFile ? await readCaFile(choice.caFile) : null);
  return {
    name: 'custom',
    graphUrl: checkAddress('Graph', choice.graphUrl),
    loginUrl: checkAddress('login', choice.loginUrl),
    ca,
  };
}

/** The scope that asks for all application permissions of the cloud's Graph. */
export function graphScope(cloud: CloudEndpoints): string {
  return `${cloud.graphUrl}/.default`;
}

/** Where an administrator of the tenant consents to the app (Microsoft identity platform, admin consent). */
export function adminConsentUrl(cloud: CloudEndpoints, tenantGuid: string, clientId: string): string {
  return `${cloud.loginUrl}/${encodeURIComponent(tenantGuid)}/adminconsent?client_id=${encodeURIComponent(clientId)}`;
}

function checkAddress(which: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  // msal-node accepts https authorities only, and a token must never travel in clear text.
  if (
    url === null ||
    url.protocol !== 'https:' ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new AppError(
      'cloud_address_invalid',
      `The ${which} address of the custom cloud is not a plain https URL.`,
      {
        nextStep: 'Give an address like https://graph.example.com, without a user name, query or fragment.',
      },
    );
  }
  return url.href.replace(/\/+$/, '');
}

async function readCaFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError('ca_file_unreadable', 'The CA file of the custom cloud could not be read.', {
      nextStep: 'Check the path and that this account may read the file.',
      details: { path },
      cause: error,
    });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new AppError('ca_file_unreadable', 'The CA file of the custom cloud holds no PEM certificate.', {
      nextStep: 'Export the certificate authority as PEM (base64) and give that file.',
      details: { path },
    });
  }
  return text;
}
