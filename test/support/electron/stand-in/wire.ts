/* oxlint-disable unicorn/consistent-function-scoping, typescript/unbound-method -- functions here travel to the page as text, whole */
/**
 * What structured clone carries, as text, because DevTools speaks JSON. Both functions run here and, as text, in
 * the page: they use nothing from outside of themselves.
 */

/** Throws for what structured clone refuses, in its own words, and for cycles, which are not played. */
export function encodeWire(given: unknown): string {
  const toBase64 = (bytes: Uint8Array): string => {
    let binary = '';
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return btoa(binary);
  };
  const above = new Set<object>();
  const pack = (value: any): unknown => {
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (value === undefined) return ['undefined'];
    if (typeof value === 'number') {
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return ['number', Object.is(value, -0) ? '-0' : String(value)];
    }
    if (typeof value === 'bigint') return ['bigint', String(value)];
    if (above.has(value)) throw new Error('stand-in: a value with a cycle is not played');
    if (value instanceof Date) return ['date', value.getTime()];
    if (value instanceof RegExp) return ['regexp', value.source, value.flags];
    if (value instanceof Error) return ['error', value.name, value.message];
    if (value instanceof ArrayBuffer) return ['buffer', toBase64(new Uint8Array(value))];
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return ['view', value.constructor.name, toBase64(bytes)];
    }
    above.add(value);
    let packed: unknown;
    if (Array.isArray(value)) packed = ['array', Array.from(value, pack)];
    else if (value instanceof Map)
      packed = ['map', Array.from(value, ([key, each]) => [pack(key), pack(each)])];
    else if (value instanceof Set) packed = ['set', Array.from(value, pack)];
    else packed = ['object', Object.entries(value).map(([key, each]) => [key, pack(each)])];
    above.delete(value);
    return packed;
  };
  return JSON.stringify(pack(structuredClone(given)));
}

export function decodeWire(text: string): unknown {
  const fromBase64 = (base64: string): Uint8Array =>
    Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  const unpack = (packed: any): any => {
    if (!Array.isArray(packed)) return packed;
    const [kind, first, second] = packed;
    switch (kind) {
      case 'undefined':
        return undefined;
      case 'number':
        return Number(first);
      case 'bigint':
        return BigInt(first);
      case 'date':
        return new Date(first ?? Number.NaN);
      case 'regexp':
        return new RegExp(first, second);
      case 'error':
        return Object.assign(new Error(second), { name: first });
      case 'buffer':
        return fromBase64(first).buffer;
      case 'view': {
        const bytes = fromBase64(second);
        // Buffer is a Uint8Array once it has been cloned, as in the original.
        const View = first === 'Buffer' ? Uint8Array : (globalThis as any)[first];
        return new View(bytes.buffer);
      }
      case 'array':
        return first.map(unpack);
      case 'map':
        return new Map(first.map(([key, each]: [unknown, unknown]) => [unpack(key), unpack(each)]));
      case 'set':
        return new Set(first.map(unpack));
      default: {
        const object = {};
        for (const [key, each] of first) {
          Object.defineProperty(object, key, {
            value: unpack(each),
            writable: true,
            enumerable: true,
            configurable: true,
          });
        }
        return object;
      }
    }
  };
  return unpack(JSON.parse(text));
}
