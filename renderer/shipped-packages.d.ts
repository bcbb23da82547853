/** Made at build time by electron.vite.config.ts from package-lock.json. */
declare module 'virtual:shipped-packages' {
  const shipped: readonly { name: string; version: string; licence: string }[];
  export default shipped;
}
