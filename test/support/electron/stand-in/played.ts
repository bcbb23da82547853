import { EventEmitter } from 'node:events';

/** A call that the real runtime may know and this stand-in does not. Never answered with `undefined`. */
export class NotPlayed extends Error {
  override readonly name = 'NotPlayed';
  constructor(what: string) {
    super(`stand-in: ${what} is not played`);
  }
}

/**
 * The same object, refusing by name whatever it does not have, read or written. Symbols, `then` and `toJSON` pass,
 * or `await`, inspection and JSON would fail on it.
 */
export function played<T extends object>(name: string, target: T): T {
  return new Proxy(target, {
    get(object, key, receiver) {
      if (!passes(object, key)) throw new NotPlayed(`${name}.${String(key)}`);
      return Reflect.get(object, key, receiver);
    },
    set(object, key, value, receiver) {
      if (!passes(object, key)) throw new NotPlayed(`setting ${name}.${String(key)}`);
      return Reflect.set(object, key, value, receiver);
    },
  });
}

function passes(object: object, key: string | symbol): boolean {
  return typeof key === 'symbol' || key in object || key === 'then' || key === 'toJSON';
}

/** A listener for the checks of event names by the compiler. */
export const nothing = (): void => undefined;

/**
 * An emitter that takes listeners only for what it can fire: a listener for an event that never comes is the
 * quietest way for a test to pass.
 */
export class PlayedEmitter extends EventEmitter {
  readonly playedName: string;
  readonly playedEvents: readonly string[];

  constructor(name: string, events: readonly string[]) {
    super();
    this.playedName = name;
    this.playedEvents = events;
  }

  private require(event: string | symbol): void {
    if (typeof event === 'string' && !this.playedEvents.includes(event)) {
      throw new NotPlayed(`the event "${event}" of ${this.playedName}`);
    }
  }

  override on(event: string | symbol, listener: (...values: any[]) => void): this {
    this.require(event);
    return super.on(event, listener);
  }

  override addListener(event: string | symbol, listener: (...values: any[]) => void): this {
    this.require(event);
    return super.addListener(event, listener);
  }

  override once(event: string | symbol, listener: (...values: any[]) => void): this {
    this.require(event);
    return super.once(event, listener);
  }

  override emit(event: string | symbol, ...values: any[]): boolean {
    this.require(event);
    return super.emit(event, ...values);
  }
}

/** Refuses options that nothing here would honour. */
export function requireKnownOptions(what: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new NotPlayed(`the option ${name} of ${what}`);
  }
}

/** An event of the runtime that a listener may prevent. */
export interface PreventableEvent {
  preventDefault(): void;
  readonly defaultPrevented: boolean;
}

export function preventable<T extends object>(details: T): PreventableEvent & T {
  let prevented = false;
  const event = {
    ...details,
    preventDefault: (): void => {
      prevented = true;
    },
  };
  return Object.defineProperty(event, 'defaultPrevented', { get: () => prevented }) as PreventableEvent & T;
}
