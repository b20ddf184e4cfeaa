/** The live page for everyone: by keyboard alone, on a phone, and for assistive technology. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { meet, hostRoom } from './harness/meet.ts'
import { setStage } from './harness/stage.ts'
import { eventually } from './harness/wait.ts'

const stage = setStage()
const axeScript = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axeScript)
  const results = await page.evaluate<AxeResults>('axe.run()')
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  )
}

/** Presses Tab until the focus is on something with this name. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      let element = document.activeElement
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
      const labels = element instanceof HTMLInputElement ? element.labels : null
      return (
        element?.getAttribute('aria-label') ??
        [...(labels ?? [])]
          .map((label) => label.textContent)
          .join(' ')
          .concat(element?.textContent ?? '')
      )
    })
    if (focused.trim().startsWith(name)) return
  }
  throw new Error(`no way by Tab to ${name}`)
}

test('someone with a keyboard alone joins, mutes and leaves', async () => {
  const { host, link } = await hostRoom(stage)
  const guest = await stage.person({ name: 'Bo Guest' })
  const { page } = guest
  await page.goto(link)
  await page.getByLabel(words.yourName).waitFor()
  await tabTo(page, words.yourName)
  await page.keyboard.type('Bo Guest')
  await tabTo(page, words.join)
  await page.keyboard.press('Enter')
  await guest.untilStatus('in-room')
  await host.seesMoving()
  await page.keyboard.press('m')
  await host.sees('Bo Guest', words.microphoneOff)
  await tabTo(page, words.leave)
  await page.keyboard.press('Enter')
  await guest.untilStatus('ended')
})

test('the landing page, the lobby and the running call have no axe violation', async () => {
  const visitor = await stage.person({ name: 'Di Visitor' })
  await visitor.page.goto(visitor.origin)
  await visitor.button('Create room').waitFor()
  expect(await axeViolations(visitor.page), 'landing page').toEqual([])
  await visitor.createRoom()
  expect(await axeViolations(visitor.page), 'lobby').toEqual([])

  const { host } = await meet(stage)
  expect(await axeViolations(host.page), 'call').toEqual([])
  await host.openPeople()
  expect(await axeViolations(host.page), 'list of people').toEqual([])
})

test('on a phone everything fits: no sideways scrolling, every control within reach of a finger', async () => {
  const { guest } = await meet(stage, {
    guest: { context: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } },
  })
  const { page } = guest
  await eventually('no sideways scrolling', () =>
    page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
  )
  const toolbar = page.getByRole('toolbar', { name: words.controls })
  for (const button of await toolbar.getByRole('button').all()) {
    const box = await button.boundingBox()
    if (box === null) throw new Error('a control is not on screen')
    expect(box.x).toBeGreaterThanOrEqual(0)
    expect(box.x + box.width).toBeLessThanOrEqual(390)
    expect(box.y + box.height).toBeLessThanOrEqual(844)
    // WCAG 2.2, 2.5.8: targets of at least 24 by 24 CSS pixels.
    expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(24)
  }
  expect(await axeViolations(page)).toEqual([])
})
