import type { PolicyType } from '../../domain/policy-types/policy-type.ts';
import { ownerOfRow, policyTypes } from '../../domain/policy-types/registry.ts';
import type { JsonObject } from '../../snapshot/json-value.ts';

const byList = Map.groupBy(policyTypes, (type) => type.listPath);
const lists = new Map([...byList.keys()].map((path) => [path.toLowerCase(), path]));

/** `#microsoft.graph.windows10GeneralConfiguration` → the list of its kind. */
const listOfKind = new Map<string, string>();
for (const type of policyTypes) {
  for (const kind of type.knownODataTypes) listOfKind.set(kindOf(kind), type.listPath);
}
for (const type of policyTypes) {
  // An entity that is not derived is called like its list; some lists leave the prefix deviceManagement away.
  const name = type.listPath.split('/').at(-1)!.replace(/ies$/, 'y').replace(/s$/, '').toLowerCase();
  for (const kind of [name, `devicemanagement${name}`]) {
    if (type.shape === 'collection' && !listOfKind.has(kind)) listOfKind.set(kind, type.listPath);
  }
}

/**
 * The policy type of an object: by what it says of itself (`@odata.type`, `@odata.context`), bounded by the lists that
 * its folder stands for, else by that folder. Null where neither tells.
 */
export function placeObject(body: JsonObject, folderLists: readonly string[]): PolicyType | null {
  const said =
    listOfKind.get(kindOf(textOf(body['@odata.type']))) ?? listOfContext(textOf(body['@odata.context']));
  const path =
    folderLists.length === 0
      ? said
      : said !== null && folderLists.includes(said)
        ? said
        : byShape(body, folderLists);
  const types = path === null ? undefined : byList.get(path);
  return types === undefined ? null : ownerOfRow(types, body);
}

function kindOf(odataType: string): string {
  return odataType.replace(/^#?microsoft\.graph\./, '').toLowerCase();
}

/** The list of `…$metadata#deviceManagement/intents(assignments())/$entity`. */
function listOfContext(context: string): string | null {
  const at = context.indexOf('$metadata#');
  if (at < 0 || context.length > 2000) return null;
  let path = context.slice(at + '$metadata#'.length).replace(/\/\$entity$/, '');
  // Lists of selected and expanded names stand in brackets and nest.
  for (let before = ''; before !== path;) {
    before = path;
    path = path.replaceAll(/\([^()]*\)/g, '');
  }
  // What is left of a derived type: /microsoft.graph.macOSLobApp.
  return lists.get(`/${path.replace(/\/microsoft\.graph\.\w+$/, '')}`.toLowerCase()) ?? null;
}

/** The one list of a folder, or of several the one whose rows look like this. */
function byShape(body: JsonObject, folderLists: readonly string[]): string | null {
  if (folderLists.length === 1) return folderLists[0]!;
  const looksLike: Readonly<Record<string, boolean>> = {
    '/deviceManagement/compliancePolicies': 'technologies' in body || 'settingCount' in body,
    '/deviceManagement/deviceComplianceScripts': 'detectionScriptContent' in body,
    '/deviceManagement/reusablePolicySettings': 'settingDefinitionId' in body,
    '/deviceAppManagement/mobileAppConfigurations': 'targetedMobileApps' in body,
    '/deviceAppManagement/targetedManagedAppConfigurations': 'customSettings' in body,
  };
  return folderLists.find((path) => looksLike[path]) ?? null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
