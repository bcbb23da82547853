import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A library that users get with TenantKeep. */
export interface ShippedPackage {
  name: string;
  version: string;
  licence: string;
}

interface LockedPackage {
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/**
 * What ships: the dependencies that are installed beside the main process, what the renderer bundles, Electron, and
 * everything that these need, as package-lock.json has it. Read at build time, so that it is never out of date.
 */
export function shippedPackages(root: string): ShippedPackage[] {
  const { dependencies } = readJson(join(root, 'package.json')) as {
    dependencies: Record<string, string>;
  };
  const { packages } = readJson(join(root, 'package-lock.json')) as {
    packages: Record<string, LockedPackage>;
  };
  const shipped = new Map<string, ShippedPackage>();
  const visit = (name: string, from: string): void => {
    const place = placeOf(packages, name, from);
    if (place === null || shipped.has(place)) return;
    const { version, license = 'not stated', ...needs } = packages[place]!;
    shipped.set(place, { name, version, licence: license });
    // Its runtime is one file set; what its npm package needs only fetches that.
    if (name === 'electron') return;
    for (const needed of Object.keys({ ...needs.dependencies, ...needs.optionalDependencies })) {
      visit(needed, place);
    }
  };
  for (const name of [
    'electron',
    ...Object.keys(dependencies),
    ...bundledByRenderer(join(root, 'renderer')),
  ]) {
    visit(name, '');
  }
  const unique = new Map([...shipped.values()].map((each) => [`${each.name}@${each.version}`, each]));
  return [...unique.values()].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Packages that a source of the renderer names, by the first words of its imports. */
function bundledByRenderer(directory: string): Set<string> {
  const names = new Set<string>();
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(file)) continue;
    for (const [, name] of readFileSync(join(directory, file), 'utf8').matchAll(
      /from '((?:@[\w.-]+\/)?[\w-][\w.-]*)/g,
    )) {
      names.add(name!);
    }
  }
  return names;
}

/** As Node looks for it: beside the package that needs it, then further up. */
function placeOf(packages: Record<string, LockedPackage>, name: string, from: string): string | null {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const place = `${base === '' ? '' : `${base}/`}node_modules/${name}`;
    if (place in packages) return place;
    if (base === '') return null;
  }
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
