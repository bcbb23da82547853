import tls from 'node:tls';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { startSimulator } from '../../main/simulator/start-simulator.ts';
import type {
  SimulatedTenantAccess,
  Simulator,
  SimulatorOptions,
} from '../../main/simulator/start-simulator.ts';

const usualCertificates = tls.getCACertificates();

/** Starts a simulator of the whole registry and trusts its authority in this process. */
export async function openSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  tls.setDefaultCACertificates([...usualCertificates, simulator.caPem]);
  return simulator;
}

/** Signs in through Microsoft's own library, with the secret or the certificate. */
export async function signIn(
  simulator: Simulator,
  tenant: SimulatedTenantAccess,
  credential: 'secret' | 'certificate' = 'secret',
): Promise<string> {
  const result = await confidentialClient(simulator, tenant, credential).acquireTokenByClientCredential({
    scopes: [`${simulator.graphUrl}/.default`],
  });
  if (result === null) throw new Error('no token');
  return result.accessToken;
}

export function confidentialClient(
  simulator: Simulator,
  tenant: SimulatedTenantAccess,
  credential: 'secret' | 'certificate',
): ConfidentialClientApplication {
  return new ConfidentialClientApplication({
    auth: {
      clientId: tenant.clientId,
      authority: `${simulator.loginUrl}/${tenant.tenantGuid}`,
      knownAuthorities: [new URL(simulator.loginUrl).host],
      ...(credential === 'secret'
        ? { clientSecret: tenant.clientSecret }
        : {
            clientCertificate: {
              thumbprintSha256: tenant.certificate.thumbprintSha256,
              privateKey: tenant.certificate.privateKeyPem,
            },
          }),
    },
  });
}

interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
  json: any;
}

/** A plain client of one tenant: no retries, no judgement. */
export interface RawClient {
  get(pathOrUrl: string, headers?: Record<string, string>): Promise<RawAnswer>;
  send(method: string, path: string, body: unknown): Promise<RawAnswer>;
  batch(urls: string[]): Promise<RawAnswer>;
}

export async function rawClient(
  simulator: Simulator,
  tenant: SimulatedTenantAccess = simulator.tenants[0]!,
): Promise<RawClient> {
  const token = await signIn(simulator, tenant);
  const call = async (method: string, url: string, headers: Record<string, string>, body?: string) => {
    const answer = await fetch(url.startsWith('https:') ? url : simulator.graphUrl + url, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') && /^[[{]/.test(text);
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      json: isJson ? JSON.parse(text) : null,
    };
  };
  return {
    get: (url, headers = {}) => call('GET', url, headers),
    send: (method, path, body) =>
      call(method, path, { 'content-type': 'application/json' }, JSON.stringify(body)),
    batch: (urls) =>
      call(
        'POST',
        '/beta/$batch',
        { 'content-type': 'application/json' },
        JSON.stringify({
          requests: urls.map((url, index) => ({ id: String(index), method: 'GET', url })),
        }),
      ),
  };
}

/** All rows of a list, following links, with the number of pages read. */
export async function readAll(client: RawClient, path: string): Promise<{ rows: any[]; pages: number }> {
  const rows: any[] = [];
  let pages = 0;
  for (let next: string | undefined = path; next !== undefined; pages++) {
    const { status, json } = await client.get(next);
    if (status !== 200) throw new Error(`${status} for ${next}`);
    rows.push(...json.value);
    next = json['@odata.nextLink'];
  }
  return { rows, pages };
}
