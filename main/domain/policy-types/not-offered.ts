/** Something that administrators may expect in a backup and that Graph does not give to a reader. */
export interface NotOffered {
  name: string;
  /** Why, and what is kept in its place. */
  note: string;
}

/**
 * For the coverage statement of every backup set: silence would read as "it is in there". What Graph knows and
 * we leave out stands on the child reads themselves (`notRead`).
 */
export const notOffered: readonly NotOffered[] = [
  {
    name: 'Device inventory policies (properties catalog)',
    note: 'Microsoft has not published their path; some tenants answer it, none is promised to.',
  },
  {
    name: 'Management conditions',
    note: 'Removed from the published Graph metadata; only old permission data still names them.',
  },
  {
    name: 'Apple enrollment profiles outside an enrollment token',
    note: 'No published path; profiles are kept with the token that they belong to.',
  },
  {
    name: 'Areas of the admin centre that have no Graph path',
    note: 'New pages can be ahead of Graph. Undocumented portal addresses are never called.',
  },
  {
    name: 'Files of apps',
    note: 'Graph gives no download of app packages; the configuration of each app is kept.',
  },
  {
    name: 'Text of imported ADMX and ADML files',
    note: 'Graph answers it as null; file name, language and state are kept.',
  },
  {
    name: 'Enrollment-time device group of Autopilot device preparation',
    note: 'Given only by an action that is sent as a POST; this app only reads.',
  },
  {
    name: 'Images of sign-in page branding, PDF files of terms of use',
    note: 'Streams apart from the object; texts, colours and file names are kept.',
  },
  {
    name: 'Passwords, keys and secret values that Graph masks',
    note: 'Kept as "secret not captured", with their reference where Graph gives one.',
  },
  {
    name: 'Terms of use, staged rollout, MDM and MAM user scope without a signed-in person',
    note: 'Microsoft publishes no application permission for them.',
  },
];
