import { describe, expect, it } from 'vitest'
import { importFindings, specifiersOf } from './imports.ts'

describe('specifiersOf', () => {
  it('finds static, side-effect, dynamic, type and multi-line imports, and re-exports', () => {
    const text = `
      import { a } from './a.ts'
      import type { B } from './b.ts'
      import './c.css'
      import {
        d,
      } from "./d.ts"
      export { e } from './e.ts'
      const f = await import('./f.ts')
    `
    expect(specifiersOf(text)).toEqual(['./a.ts', './b.ts', './c.css', './d.ts', './e.ts', './f.ts'])
  })

  it('does not read comments', () => {
    expect(specifiersOf(`/* import { a } from './a.ts' */\n  // import './b.ts'\n`)).toEqual([])
  })
})

describe('importFindings: dependencies point one way', () => {
  it.each([
    ['shared imports itself', 'shared/src/protocol/codec.ts', '../ids.ts'],
    ['everything imports shared', 'client/src/core/reduce.ts', '@video-room/shared/ids.ts'],
    ['objects import room', 'signal-worker/src/objects/room-object.ts', '../room/reduce.ts'],
    ['the core knows the view of media', 'client/src/core/effect.ts', '../media/view.ts'],
    ['components use the session', 'client/src/components/video-room/video-room.ts', '../../room-session.ts'],
    ['the sim runs both cores', 'sim/src/world.ts', '@video-room/signal-worker/room/reduce.ts'],
    ['simple-peer in its one file', 'client/src/links/mesh-link.ts', 'simple-peer/simplepeer.min.js'],
    ['lit in a component', 'client/src/components/tile/tile.ts', 'lit'],
    ['a style sheet beside its owner', 'client/demo/main.ts', './demo.css'],
  ])('%s', (_name, file, specifier) => {
    expect(importFindings(file, `import { x } from '${specifier}'`)).toEqual([])
  })

  it.each([
    ['shared imports the client', 'shared/src/ids.ts', '@video-room/client/core/view.ts'],
    ['a pure core imports a link', 'client/src/core/reduce.ts', '../links/link.ts'],
    ['a pure core imports capture', 'client/src/core/reduce.ts', '../media/capture.ts'],
    ['room imports an object', 'signal-worker/src/room/reduce.ts', '../objects/room-object.ts'],
    ['room imports the store', 'signal-worker/src/room/reduce.ts', '../store/record.ts'],
    ['the worker imports the client', 'signal-worker/src/app.ts', '@video-room/client/core/view.ts'],
    ['links import components', 'client/src/links/mesh-link.ts', '../components/words.ts'],
    ['the session imports a component', 'client/src/room-session.ts', './components/words.ts'],
    ['the headless session imports lit', 'client/src/room-session.ts', 'lit'],
    ['simple-peer elsewhere', 'client/src/links/stats.ts', 'simple-peer/simplepeer.min.js'],
    ['Node in the product', 'client/src/platform.ts', 'node:crypto'],
    ['Node in the worker', 'signal-worker/src/app.ts', 'node:crypto'],
    ['an unknown package', 'client/src/room-session.ts', 'left-pad'],
    ['a way round the package name', 'client/src/core/reduce.ts', '../../../shared/src/ids.ts'],
    ['a file outside every layer', 'client/other/thing.ts', './x.ts'],
  ])('refuses: %s', (_name, file, specifier) => {
    expect(importFindings(file, `import { x } from '${specifier}'`)).toHaveLength(1)
  })

  it('refuses a type import as well: a type is a dependency too', () => {
    expect(
      importFindings('shared/src/ids.ts', `import type { V } from '@video-room/client/core/view.ts'`),
    ).toHaveLength(1)
  })

  it('refuses a barrel', () => {
    expect(importFindings('shared/src/all.ts', `export * from './ids.ts'`)).toHaveLength(1)
  })

  it('lets tests use what they need', () => {
    expect(importFindings('client/src/core/reduce.test.ts', `import fc from 'fast-check'`)).toEqual([])
  })
})
