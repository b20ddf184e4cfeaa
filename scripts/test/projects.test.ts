import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pickProjects, projects } from './projects.ts'

const root = join(import.meta.dirname, '../..')

describe('the table of test projects', () => {
  it('names a config that exists for each', () => {
    expect(projects.filter((project) => !existsSync(join(root, project.config)))).toEqual([])
  })

  it('covers every folder that holds a test', () => {
    const tested = globSync(
      '{shared,signal-worker,client,sim,e2e,scripts,relay-sfu,lab,examples}/**/*.test.ts',
      {
        cwd: root,
        exclude: (name) => name === 'node_modules',
      },
    )
    const covered = new Set(projects.map((project) => dirname(project.config)))
    expect(tested.length).toBeGreaterThan(10)
    expect(tested.filter((file) => !covered.has(file.split('/')[0] ?? ''))).toEqual([])
  })

  it('covers every vitest config of the house', () => {
    const configs = globSync('*/vitest*.config.ts', { cwd: root })
    expect(configs.toSorted()).toEqual(projects.map((project) => project.config).toSorted())
  })
})

describe('pickProjects', () => {
  it('takes all when nothing is named', () => expect(pickProjects([])).toEqual(projects))

  it('takes those whose names start with a given word', () => {
    expect(pickProjects(['client', 'sim']).map((one) => one.name)).toEqual([
      'client',
      'client-browser',
      'sim',
    ])
  })

  it('refuses a word that fits nothing, so that a slip does not pass as green', () => {
    expect(() => pickProjects(['clinet'])).toThrow('no project starts with clinet')
  })
})
