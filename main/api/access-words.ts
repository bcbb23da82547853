import type { AccessState } from '../../shared/model/access-states.ts';
import type { AccessedType } from '../engine/ports.ts';

/** The outcomes of an access check in words, for screens. */

const troubleFirst: readonly AccessState[] = [
  'permission_missing',
  'unknown',
  'throttled',
  'signed_in_only',
  'not_licensed',
  'not_configured',
  'not_in_cloud',
  'readable',
];

/** The place of a state in a list that begins with what somebody has to do something about. */
export function accessRank(state: AccessState): number {
  return troubleFirst.indexOf(state);
}

/** One state as a sentence. */
export function accessSentence(type: Pick<AccessedType, 'state' | 'permissions'>): string {
  switch (type.state) {
    case 'readable':
      return 'Readable.';
    case 'permission_missing':
      return type.permissions.length === 0
        ? 'A permission is missing.'
        : `Needs ${type.permissions.join(' or ')}.`;
    case 'not_licensed':
      return 'Not licensed in this tenant.';
    case 'not_configured':
      return 'Not configured in this tenant.';
    case 'not_in_cloud':
      return 'Not in this cloud.';
    case 'signed_in_only':
      return 'Microsoft Graph gives this to signed-in persons only.';
    case 'throttled':
      return 'Microsoft Graph asked to wait; check again later.';
    case 'unknown':
      return 'The answer is not known to this version.';
  }
}

const others: readonly [AccessState, string][] = [
  ['not_licensed', 'not licensed'],
  ['not_configured', 'not configured'],
  ['not_in_cloud', 'not in this cloud'],
  ['signed_in_only', 'for signed-in persons only'],
  ['throttled', 'throttled'],
  ['unknown', 'with an answer not known to this version'],
];

/** "71 of 77 readable; 4 need DeviceManagementScripts.Read.All; 2 not licensed." */
export function accessSummary(types: readonly AccessedType[]): string {
  const count = (state: AccessState) => types.filter((type) => type.state === state).length;
  const missing = types.filter((type) => type.state === 'permission_missing');
  const byPermission = Map.groupBy(missing, (type) => type.permissions.join(' or ') || 'a permission');
  const parts = [
    `${count('readable')} of ${types.length} readable`,
    ...[...byPermission]
      .sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0]))
      .map(([permission, rows]) => `${rows.length} ${rows.length === 1 ? 'needs' : 'need'} ${permission}`),
    ...others.flatMap(([state, words]) => (count(state) === 0 ? [] : [`${count(state)} ${words}`])),
  ];
  return `${parts.join('; ')}.`;
}
