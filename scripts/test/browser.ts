/** Finds a browser for the tests, installs one where that is safe, or says exactly what to install. */
import { existsSync } from 'node:fs'
import { installPackage } from './system-package.ts'

interface SystemBrowser {
  readonly name: string
  /** Of the environment: the path of another one. */
  readonly variable: string
  readonly debianPackage: string
  readonly debianPath: string
}

/** Its path. Throws one line that says what to do when there is none. */
export function ensureBrowser({ name, variable, debianPackage, debianPath }: SystemBrowser): string {
  const named = process.env[variable]
  if (named !== undefined) {
    if (existsSync(named)) return named
    throw new Error(`${variable}=${named} does not exist`)
  }
  if (existsSync(debianPath)) return debianPath
  installPackage(
    debianPackage,
    `the tests need ${name}: install it (Debian, Ubuntu: sudo apt-get install ${debianPackage}) ` +
      `or set ${variable} to the path of one`,
  )
  if (!existsSync(debianPath))
    throw new Error(`apt-get installed ${debianPackage}, but ${debianPath} does not exist`)
  return debianPath
}
