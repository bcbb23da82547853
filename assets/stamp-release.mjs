/**
 * Asked by electron-builder once an app is packed (electron-builder.yml, `afterPack`): says in the feed's entry for
 * which schema version and levels this version is made, as the code has them. The entry is written when the artifacts
 * are, from the configuration as it then is. Node runs the sources as they are.
 *
 * @param {{ packager: { config: { releaseInfo?: object | null } } }} context
 */
export default async function stampRelease({ packager }) {
  // As an address: a name would draw all sources into the linter's look at the few files that are not TypeScript.
  const { releaseStamp } = await import(new URL('../main/updates/release-stamp.ts', import.meta.url).href);
  packager.config.releaseInfo = { ...packager.config.releaseInfo, vendor: { ...releaseStamp } };
}
