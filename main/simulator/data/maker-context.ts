import { instantFromIso, instantFromMs } from '../../../shared/model/instant.ts';
import type { JsonRecord } from '../json.ts';
import { createRandom } from '../random.ts';
import type { Random } from '../random.ts';

/** A name with an id that other objects may refer to. */
interface Named {
  id: string;
  name: string;
}

/** What makers of objects draw on: one tenant's people and places, all from its seed. */
export interface MakerContext {
  random: Random;
  organization: string;
  /** Such as `alderfinch.example`. */
  domain: string;
  tenantGuid: string;
  groups: Named[];
  filters: Named[];
  scopeTagIds: string[];
  appIds: string[];
  termsOfUseIds: string[];
  locationIds: string[];
}

/** A plain maker context for one tenant. Groups are made here, as everything else is assigned to them. */
export function createMakerContext(
  organization: string,
  domain: string,
  tenantGuid: string,
  seed: string,
): MakerContext {
  const random = createRandom(seed);
  const named = (name: string): Named => ({ id: random.guid(), name });
  return {
    random,
    organization,
    domain,
    tenantGuid,
    groups: groupNames.map(named),
    filters: [],
    scopeTagIds: ['0'],
    appIds: [],
    termsOfUseIds: [],
    locationIds: [],
  };
}

const groupNames = [
  'All Workstations',
  'Pilot Ring',
  'Front Desk',
  'Finance',
  'Clinicians',
  'Kiosk Devices',
  'Executives',
  'Contractors',
  'Break Glass Accounts',
  'Shared Tablets',
  'Mac Users',
  'Field Engineers',
];

const anchorMs = instantFromIso('2026-01-12T08:00:00Z').getTime();

/** An instant in the months before the simulated present, as Graph writes it. */
export function timestamp(random: Random, daysAgo = 300): string {
  return instantFromMs(anchorMs - random.integer(0, daysAgo * 86_400) * 1000)
    .toISOString()
    .replace('.000Z', '.' + String(random.integer(0, 9_999_999)).padStart(7, '0') + 'Z');
}

/** `createdDateTime` and a later `lastModifiedDateTime`. */
export function timestamps(random: Random): { createdDateTime: string; lastModifiedDateTime: string } {
  const pair = [timestamp(random), timestamp(random)].toSorted();
  return { createdDateTime: pair[0]!, lastModifiedDateTime: pair[1]! };
}

/** Scope tags of an object: mostly the default one, sometimes two. */
export function scopeTags(context: MakerContext): string[] {
  const extra = context.scopeTagIds.slice(1);
  return extra.length > 0 && context.random.chance(0.3) ? ['0', context.random.pick(extra)] : ['0'];
}

/** Assignment rows of an Intune object: to groups with or without filter, exclusions, all users or devices. */
export function makeAssignments(
  context: MakerContext,
  objectId: string,
  options: { count?: number; type?: string; extra?: JsonRecord } = {},
): JsonRecord[] {
  const { random } = context;
  const count = options.count ?? random.pick([0, 1, 1, 2, 2, 3]);
  const rows: JsonRecord[] = [];
  for (const group of random.shuffle(context.groups).slice(0, count)) {
    const kind = random.integer(0, 9);
    const usesFilter = context.filters.length > 0 && random.chance(0.3);
    const target: JsonRecord = {
      '@odata.type':
        kind === 0
          ? '#microsoft.graph.allDevicesAssignmentTarget'
          : kind === 1
            ? '#microsoft.graph.exclusionGroupAssignmentTarget'
            : '#microsoft.graph.groupAssignmentTarget',
      deviceAndAppManagementAssignmentFilterId: usesFilter ? random.pick(context.filters).id : null,
      deviceAndAppManagementAssignmentFilterType: usesFilter ? random.pick(['include', 'exclude']) : 'none',
      ...(kind === 0 ? {} : { groupId: group.id }),
    };
    rows.push({
      ...(options.type === undefined ? {} : { '@odata.type': options.type }),
      id: `${objectId}_${kind === 0 ? 'adadadad-808e-44e2-905a-0b7873a8a531' : group.id}`,
      source: 'direct',
      sourceId: objectId,
      ...options.extra,
      target,
    });
  }
  // Two rows for "all devices" would have one id.
  return [...new Map(rows.map((row) => [row['id'], row])).values()];
}

/** Text in base64, as scripts and images are served. */
export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** Names that break careless programs: path separators, emoji, right-to-left text, length, formulas. */
export const hostileNames: readonly string[] = [
  'Wi-Fi / Guest \\ "Lobby" <A&B>',
  'Ring 1 🚀 pilot 👩🏽‍💻',
  '\u0633\u064a\u0627\u0633\u0629 \u0627\u0644\u0623\u062c\u0647\u0632\u0629 \u200f(Windows)',
  `Very long ${'name '.repeat(58)}end`,
  '=HYPERLINK("https://example.invalid","click")',
  '../../etc/passwd',
  'CON.json ',
  "O'Brien’s %2F policy; DROP TABLE",
  'Zero\u200bwidth and\u2003em space\ttab',
];
