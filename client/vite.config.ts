/**
 * The three things the client is built into; `--mode` names one. scripts/build.ts builds all of them.
 *
 *   library   dist/video-room.js   registers every element; what `<script type="module" src>` loads
 *   headless  dist/headless.js     the session without any element or DOM
 *   demo      dist/demo            the page the worker serves at /, and the operator's at /relays
 *
 * Both files are one self-contained module each, so that an embedder copies one file and is done. They are built
 * as an application entry that keeps its exports, because vite's library mode does not minify ES modules.
 */
import { fileURLToPath } from 'node:url'
import { defineConfig, type UserConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/**
 * simple-peer is written for Node, and its browser build carries Node's streams and buffers along: 23 kB (gzip) that nothing
 * here uses. It is built from its own unchanged source instead, with small parts in their place (ADR 0013).
 */
export const simplePeerParts = ['buffer', 'debug', 'randombytes', 'readable-stream'].map((name) => ({
  find: new RegExp(`^${name}$`),
  replacement: here(`src/links/simple-peer-parts/${name}.cjs`),
}))

function oneFile(entry: string, fileName: string): UserConfig {
  return {
    root: here('.'),
    publicDir: false,
    build: {
      outDir: here('dist'),
      emptyOutDir: false,
      target: 'es2023',
      sourcemap: true,
      modulePreload: false,
      rolldownOptions: {
        input: here(entry),
        preserveEntrySignatures: 'strict',
        output: { format: 'es', entryFileNames: fileName, codeSplitting: false },
      },
    },
  }
}

const configs: Readonly<Record<string, UserConfig>> = {
  library: oneFile('src/define.ts', 'video-room.js'),
  headless: oneFile('src/index.ts', 'headless.js'),
  demo: {
    root: here('demo'),
    build: {
      outDir: here('dist/demo'),
      emptyOutDir: true,
      target: 'es2023',
      sourcemap: true,
      rolldownOptions: { input: [here('demo/index.html'), here('demo/relays.html')] },
    },
  },
}

export default defineConfig(({ mode }) => {
  const config = configs[mode]
  if (!config) throw new Error(`unknown mode ${mode}: use --mode ${Object.keys(configs).join(' | ')}`)
  // Also where tests build it (NODE_ENV=test): what is measured and shipped is one and the same.
  const conditions = ['module', 'browser', 'production']
  return { ...config, resolve: { alias: simplePeerParts, conditions }, clearScreen: false, logLevel: 'warn' }
})
