import { nativeImage, type NativeImage } from 'electron';
import type { HealthState } from '../../shared/contract/tenants.ts';

const size = 32;

/** Each level has a shape of its own, so that nobody has to tell colours apart. */
const looks = {
  good: { colour: [0x10, 0x7c, 0x10], covers: (x: number, y: number) => Math.hypot(x, y) <= 0.85 },
  warning: {
    colour: [0xd8, 0x8a, 0x00],
    covers: (x: number, y: number) => y <= 0.8 && Math.abs(x) <= (y + 0.9) * 0.55,
  },
  bad: {
    colour: [0xc5, 0x0f, 0x1f],
    covers: (x: number, y: number) => Math.max(Math.abs(x), Math.abs(y)) <= 0.8,
  },
  nothing: {
    colour: [0x6e, 0x6e, 0x6e],
    covers: (x: number, y: number) => Math.abs(Math.hypot(x, y) - 0.65) <= 0.2,
  },
} as const;

const lookOf: Readonly<Record<HealthState, keyof typeof looks>> = {
  protected: 'good',
  paused: 'nothing',
  no_schedule: 'warning',
  never_backed_up: 'warning',
  at_risk: 'warning',
  disconnected: 'bad',
  unprotected: 'bad',
};

/** The icon for the worst health of the fleet: disc, triangle, square, and a ring where there is nothing to say. */
export function trayIcon(worst: HealthState | null): NativeImage {
  const { colour, covers } = looks[worst === null ? 'nothing' : lookOf[worst]];
  const pixels = Buffer.alloc(size * size * 4);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const covered = covers(((column + 0.5) / size) * 2 - 1, ((row + 0.5) / size) * 2 - 1);
      const [red, green, blue] = colour;
      // Electron takes BGRA.
      if (covered) pixels.set([blue, green, red, 0xff], (row * size + column) * 4);
    }
  }
  return nativeImage.createFromBitmap(pixels, { width: size, height: size, scaleFactor: 2 });
}
