/** What Microsoft's portals show and Graph does not offer: named in every coverage statement, never silent. */
export const notOffered: readonly { name: string; note: string }[] = [
  {
    name: 'Device inventory policies',
    note: 'Answers exist below /deviceManagement/inventoryPolicies, but Microsoft has not published the path.',
  },
  { name: 'Management conditions', note: 'Gone from the published paths of Microsoft Graph.' },
  {
    name: 'Apple enrollment profiles outside of an enrollment token',
    note: 'Used by other tools below /deviceManagement/depIOSEnrollmentProfile, not published.',
  },
];
