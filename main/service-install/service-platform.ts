import type { ServicePlatform } from './service-definition.ts';

/** How services are installed on a system of Node's name; null where we know no way. */
export function servicePlatform(platform: NodeJS.Platform): ServicePlatform | null {
  const names: Partial<Record<NodeJS.Platform, ServicePlatform>> = {
    linux: 'linux',
    win32: 'windows',
    darwin: 'macos',
  };
  return names[platform] ?? null;
}
