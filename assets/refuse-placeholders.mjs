/**
 * Asked by electron-builder before it packs (electron-builder.yml, `beforePack`). Names under .invalid lead nowhere, so
 * no package for other people is made with them; an unpacked directory (`--dir`) is nobody's release.
 *
 * @param {{ targets: readonly { name: string }[], packager: { config: {
 *   extraMetadata?: { homepage?: string }, linux?: { maintainer?: string } | null, publish?: { url?: string } | null } } }} context
 */
export default function refusePlaceholders({ targets, packager }) {
  if (targets.every((target) => target.name === 'dir')) return;
  const { extraMetadata, linux, publish } = packager.config;
  const names = {
    'extraMetadata.homepage': extraMetadata?.homepage,
    'linux.maintainer': linux?.maintainer,
    'publish.url': publish?.url,
  };
  const open = Object.keys(names).filter((name) => /\.invalid\b/.test(names[name] ?? ''));
  if (open.length > 0) {
    throw new Error(
      `A package for release needs real names: put your own in ${open.join(', ')} of electron-builder.yml.`,
    );
  }
}
