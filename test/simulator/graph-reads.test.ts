import {
  BatchRequestContent,
  BatchResponseContent,
  Client,
  PageIterator,
} from '@microsoft/microsoft-graph-client';
import type { GraphError } from '@microsoft/microsoft-graph-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyType } from '../../main/domain/policy-types/policy-type.ts';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import type { Simulator } from '../../main/simulator/start-simulator.ts';
import { openSimulator, rawClient, readAll, signIn } from './simulator-fixture.ts';
import type { RawClient } from './simulator-fixture.ts';

let simulator: Simulator;
let official: Client;
let raw: RawClient;
let tenant: string;

beforeAll(async () => {
  simulator = await openSimulator({ throttle: false });
  tenant = simulator.tenants[0]!.name;
  const token = await signIn(simulator, simulator.tenants[0]!);
  raw = await rawClient(simulator);
  official = Client.init({
    baseUrl: `${simulator.graphUrl}/`,
    defaultVersion: 'beta',
    customHosts: new Set([new URL(simulator.graphUrl).hostname]),
    authProvider: (done) => done(null, token),
  });
});
afterAll(() => simulator.close());

describe("Microsoft's own client", () => {
  it('iterates over all pages of a list', async () => {
    const expected = simulator.control.objects(tenant, 'assignmentFilters').length;
    simulator.control.setCount(tenant, 'settingsCatalogPolicies', 101);
    const ids = new Set<string>();
    const iterator = new PageIterator(
      official,
      await official.api('/deviceManagement/configurationPolicies').get(),
      (policy: { id: string }) => {
        ids.add(policy.id);
        return true;
      },
    );
    await iterator.iterate();
    expect(ids.size).toBe(101);
    const filters = await official.api('/deviceManagement/assignmentFilters').get();
    expect(filters.value).toHaveLength(expected);
  });

  it('reads a batch', async () => {
    const [first] = simulator.control.objects(tenant, 'settingsCatalogPolicies');
    const content = new BatchRequestContent(
      ['settings', 'assignments', 'nonsense'].map((child) => ({
        id: child,
        request: new Request(
          `${simulator.graphUrl}/beta/deviceManagement/configurationPolicies/${first!.id}/${child}`,
        ),
      })),
    );
    const body = await content.getContent();
    // The library keeps the version in relative urls of unknown hosts.
    for (const request of body.requests as { url: string }[])
      request.url = request.url.replace(/^.*\/beta\//, '/');
    const responses = new BatchResponseContent(await official.api('/$batch').post(body));
    expect(responses.getResponseById('settings').status).toBe(200);
    const settings = await responses.getResponseById('settings').json();
    expect(settings.value).toEqual((first!.document['settings'] as unknown[]).slice(0, 25));
    expect(responses.getResponseById('nonsense').status).toBe(400);
  });

  it('understands errors', async () => {
    const missing = official.api('/deviceManagement/intents/00000000-0000-0000-0000-000000000000').get();
    await expect(missing).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
    const refused: GraphError = await official
      .api('/deviceManagement/configurationPolicies')
      .skip(5)
      .get()
      .catch((error: GraphError) => error);
    expect(refused.statusCode).toBe(400);
    expect(refused.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

/** What is wrong with how a type is served: its list, each child of its first row, the row alone. */
async function faultsOfServing(type: PolicyType): Promise<string[]> {
  const wrong: string[] = [];
  const tenantGuid = simulator.tenants[0]!.tenantGuid;
  const query = new URLSearchParams();
  const { filter, expand, select, top } = type.listQuery;
  for (const [option, value] of Object.entries({ filter, expand, select, top })) {
    if (value !== undefined) query.set(`$${option}`, String(value));
  }
  const path = type.listPath.replace(/\{\w+\}/, tenantGuid);
  const list = await raw.get(`/${type.apiVersion}${path}${query.size > 0 ? `?${query}` : ''}`, {
    ...type.listHeaders,
  });
  if (type.permission === null && type.acceptedPermissions.length === 0) {
    return list.status === 403 ? [] : [`${list.status} though no app may read it`];
  }
  if (list.status !== 200) return [`list: ${list.status} ${list.text}`];
  const first = type.shape === 'singleton' ? list.json : list.json.value[0];
  if (first === undefined) return ['no row'];
  const id = type.identityProperty === null ? '' : first[type.identityProperty];
  for (const child of type.children) {
    if (child.forEach || child.path.includes('getOmaSettingPlainTextValue')) continue;
    const childPath = child.path.replaceAll(/\{(\w+)\}/g, (_all, parameter: string) =>
      encodeURIComponent(String(parameter === 'id' ? id : (first[parameter] ?? id))),
    );
    const joint = childPath.includes('?') ? '&' : '?';
    const below = await raw.get(
      `/${type.apiVersion}${childPath}${child.expand ? `${joint}$expand=${child.expand}` : ''}`,
    );
    const isServed = [200, 404, ...(child.absentStatuses ?? [])].includes(below.status);
    if (!isServed) wrong.push(`${child.name}: ${below.status} ${below.text}`);
    else if (child.shape === 'collection' && !Array.isArray(below.json.value)) {
      wrong.push(`${child.name}: no value`);
    }
  }
  if (type.itemPath !== null && type.shape === 'collection') {
    const itemPath = type.itemPath
      .replace('{organizationId}', tenantGuid)
      .replace(/\{\w+\}/, encodeURIComponent(id));
    const item = await raw.get(`/${type.apiVersion}${itemPath}`);
    if (item.json?.[type.identityProperty!] !== id) wrong.push(`item: ${item.status} ${item.text}`);
  }
  return wrong;
}

describe('every policy type of the registry', () => {
  it.each(policyTypes.map((type) => [type.key, type] as const))(
    '%s is served with its children',
    async (_key, type) => {
      expect(await faultsOfServing(type)).toEqual([]);
    },
  );
});

describe('lists', () => {
  it.each([0, 1, 20, 21, 25, 26, 100, 101])('of %i rows are served in full, children too', async (count) => {
    simulator.control.setCount(tenant, 'deviceManagementScripts', count);
    simulator.control.setCount(tenant, 'settingsCatalogPolicies', 1);
    const [policy] = simulator.control.objects(tenant, 'settingsCatalogPolicies');
    simulator.control.setChildCount(tenant, 'settingsCatalogPolicies', policy!.id, 'settings', count);
    const scripts = await readAll(raw, '/beta/deviceManagement/deviceManagementScripts');
    expect(new Set(scripts.rows.map((row) => row.id)).size).toBe(count);
    const settings = await readAll(
      raw,
      `/beta/deviceManagement/configurationPolicies/${policy!.id}/settings`,
    );
    expect(settings.rows).toHaveLength(count);
    expect(settings.pages).toBe(Math.max(1, Math.ceil(count / 25)));
    const { json } = await raw.get(`/beta/deviceManagement/configurationPolicies/${policy!.id}`);
    expect(json.settingCount).toBe(count);
  });

  it('expand long children by a first part and a link to the rest', async () => {
    const type = 'deviceCompliancePolicies';
    simulator.control.setCount(tenant, type, 1);
    const [policy] = simulator.control.objects(tenant, type);
    simulator.control.setChildCount(tenant, type, policy!.id, 'scheduledActionsForRule', 130);
    const list = await raw.get(
      '/beta/deviceManagement/deviceCompliancePolicies?$expand=scheduledActionsForRule($expand=scheduledActionConfigurations)',
    );
    const [row] = list.json.value;
    expect(row.scheduledActionsForRule).toHaveLength(100);
    const rest = await readAll(raw, row['scheduledActionsForRule@odata.nextLink']);
    expect(rest.rows).toHaveLength(30);
    expect(rest.rows[0].scheduledActionConfigurations).toBeInstanceOf(Array);
  });

  it('leave out script bodies that the single read has', async () => {
    simulator.control.setCount(tenant, 'deviceManagementScripts', 1);
    const list = await raw.get('/beta/deviceManagement/deviceManagementScripts');
    expect(list.json.value[0].scriptContent).toBeNull();
    const item = await raw.get(`/beta/deviceManagement/deviceManagementScripts/${list.json.value[0].id}`);
    expect(item.json.scriptContent.length).toBeGreaterThan(20);
  });

  it('hide what their filter hides and refuse filters that they do not know', async () => {
    const all = await readAll(raw, '/beta/deviceAppManagement/mobileApps');
    const filter = encodeURIComponent(
      "(microsoft.graph.managedApp/appAvailability eq null or microsoft.graph.managedApp/appAvailability eq 'lineOfBusiness' or isAssigned eq true)",
    );
    const chosen = await readAll(raw, `/beta/deviceAppManagement/mobileApps?$filter=${filter}`);
    expect(chosen.rows.length).toBeLessThan(all.rows.length);
    const rings = await readAll(
      raw,
      "/beta/deviceManagement/deviceConfigurations?$filter=isof('microsoft.graph.windowsUpdateForBusinessConfiguration')",
    );
    expect(new Set(rings.rows.map((row) => row['@odata.type']))).toEqual(
      new Set(['#microsoft.graph.windowsUpdateForBusinessConfiguration']),
    );
    const odd = await raw.get('/beta/deviceManagement/intents?$filter=geo.distance(a,b) lt 5');
    expect(odd.status).toBe(400);
  });

  it('fall into the known traps of $expand and $top', async () => {
    const intents = await raw.get('/beta/deviceManagement/intents?$expand=assignments');
    expect(intents.json.value.every((row: any) => row.assignments.length === 0)).toBe(true);
    for (const path of [
      'deviceAppManagement/policySets',
      'deviceManagement/termsAndConditions',
      'deviceAppManagement/mobileApps',
    ]) {
      expect((await raw.get(`/beta/${path}?$expand=assignments`)).status).toBe(400);
    }
    expect((await raw.get('/v1.0/groups?$top=1000')).status).toBe(400);
    const configurations = await raw.get('/beta/deviceManagement/deviceConfigurations?$top=5000');
    expect(configurations.status).toBe(200);
    expect((await raw.get('/v1.0/policies/roleManagementPolicies')).status).toBe(400);
  });

  it('say how many rows the page has, not how many there are', async () => {
    simulator.control.setCount(tenant, 'settingsCatalogPolicies', 60);
    const page = await raw.get('/beta/deviceManagement/configurationPolicies');
    expect(page.json['@odata.count']).toBe(25);
    const groups = await raw.get('/v1.0/groups?$count=true&$top=2', { ConsistencyLevel: 'eventual' });
    expect(groups.json['@odata.count']).toBe(12);
    expect((await raw.get(groups.json['@odata.nextLink'])).json['@odata.count']).toBeUndefined();
  });
});

describe('single answers', () => {
  it('carry ids, date, gzip and context', async () => {
    const answer = await raw.get('/beta/deviceManagement/deviceConfigurations', {
      'client-request-id': '11111111-2222-3333-4444-555555555555',
    });
    expect(answer.headers.get('client-request-id')).toBe('11111111-2222-3333-4444-555555555555');
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(Date.parse(answer.headers.get('date')!)).toBeGreaterThan(0);
    expect(answer.json['@odata.context']).toBe(
      `${simulator.graphUrl}/beta/$metadata#deviceManagement/deviceConfigurations`,
    );
  });

  it('name groups by id', async () => {
    const { json } = await raw.get('/v1.0/groups?$top=2');
    const ids = json.value.map((group: any) => group.id);
    const named = await raw.send('POST', '/v1.0/directoryObjects/getByIds', {
      ids: [...ids, 'nobody'],
      types: ['group'],
    });
    expect(named.json.value.map((row: any) => row['@odata.type'])).toEqual([
      '#microsoft.graph.group',
      '#microsoft.graph.group',
    ]);
  });

  it('show new enumeration members only to those who ask', async () => {
    simulator.control.putObject(tenant, 'deviceCategories', { id: 'evolving', displayName: 'x' });
    expect((await raw.get('/beta/deviceManagement/deviceCategories/evolving')).json.displayName).toBe('x');
    simulator.control.setEvolving(tenant, 'deviceCategories', 'evolving', ['displayName']);
    const without = await raw.get('/beta/deviceManagement/deviceCategories/evolving');
    expect(without.json.displayName).toBe('unknownFutureValue');
    const asked = await raw.get('/beta/deviceManagement/deviceCategories/evolving', {
      Prefer: 'include-unknown-enum-members',
    });
    expect(asked.json.displayName).toBe('x');
  });

  it('find enrollment objects whose ids are not guids, and objects with hostile names', async () => {
    const { rows } = await readAll(raw, '/beta/deviceManagement/deviceEnrollmentConfigurations');
    expect(rows[0].id).toMatch(/^[0-9a-f-]{36}_DefaultLimit$/);
    expect(
      (await raw.get(`/beta/deviceManagement/deviceEnrollmentConfigurations/${rows[0].id}`)).status,
    ).toBe(200);
  });

  it('are refused for every verb but reading, and the attempt is remembered', async () => {
    simulator.control.resetCounters();
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) {
      expect((await raw.send(method, '/beta/deviceManagement/deviceCategories/x', {})).status).toBe(405);
    }
    expect(simulator.control.readCounters().violations).toHaveLength(4);
  });

  it('are 401 without a token, with a foreign one, and after expiry or revocation', async () => {
    const unknown = await raw.get('/beta/deviceManagement/intents', { authorization: 'Bearer x' });
    expect(unknown.status).toBe(401);
    expect(unknown.headers.get('www-authenticate')).toContain('authorization_uri=');
    simulator.control.setTokenLifetime(-1);
    const late = await rawClient(simulator);
    expect((await late.get('/beta/deviceManagement/intents')).json.error.message).toContain(
      'token is expired',
    );
    simulator.control.setTokenLifetime(3599);
  });
});

describe('tenants that lack something', () => {
  it('answer 403 naming the scopes, and 403 with licence words, in the third demo tenant', async () => {
    const poor = await rawClient(simulator, simulator.tenants[2]);
    const denied = await poor.get('/beta/deviceManagement/windowsAutopilotDeploymentProfiles');
    expect(denied.status).toBe(403);
    expect(JSON.parse(denied.json.error.message).Message).toContain('DeviceManagementServiceConfig.Read.All');
    const unlicensed = await poor.get('/beta/deviceManagement/deviceHealthScripts');
    expect(unlicensed.status).toBe(403);
    expect(unlicensed.json.error.message).toContain('license');
  });

  it('answer every Intune call alike without an Intune licence', async () => {
    simulator.control.setIntune(tenant, false);
    const answer = await raw.get('/beta/deviceManagement/intents');
    expect(answer).toMatchObject({
      status: 400,
      json: { error: { message: 'Request not applicable to target tenant.' } },
    });
    simulator.control.setIntune(tenant, true);
  });
});
