import { startDeployment } from './src/harness/deployment.ts'
import { RoomPage } from './src/harness/room-page.ts'
import { measuredContext } from './bench/contestant.ts'
import { launchChromium } from './src/harness/chromium.ts'
const d = await startDeployment()
const b = await launchChromium()
const loaf = () => { const w = window as any; w.loafs = []; new PerformanceObserver((l) => { for (const e of l.getEntries() as any[]) w.loafs.push({ at: Math.round(e.startTime), dur: Math.round(e.duration), render: Math.round(e.renderStart - e.startTime), style: Math.round(e.styleAndLayoutStart - e.startTime), scripts: e.scripts.map((s: any) => `${s.invoker}:${Math.round(s.duration)}(layout ${Math.round(s.forcedStyleAndLayoutDuration)})`) }) }).observe({ type: 'long-animation-frame', buffered: true }) }
const open = async (n: string) => { const c = await measuredContext(b); await c.addInitScript(loaf); return new RoomPage(await c.newPage(), n, d.origin) }
const host = await open('h'); const link = await host.createRoom(); await host.join()
for (let i = 0; i < 3; i++) {
  const g = await open('g'); await g.openLink(link); await g.previews()
  await g.page.evaluate(() => { (window as any).loafs.length = 0; document.addEventListener('click', (e) => { (window as any).clickAt = e.timeStamp }, true); window.probe.armClick() })
  await host.page.evaluate(() => { (window as any).loafs.length = 0; (window as any).t0 = performance.now() })
  await g.askToJoin(); const f = await g.page.evaluate(() => window.probe.firstFrame())
  await g.seesMovingNot?.()
  await new Promise(r => setTimeout(r, 500))
  console.log('first frame', Math.round(f), JSON.stringify(await g.page.evaluate(() => Object.fromEntries(Object.entries(window.probe.marks).map(([k, v]) => [k, Math.round(v)])))))
  for (const [n, p] of [['guest', g], ['host', host]] as const) for (const l of await p.page.evaluate(() => { const w = window as any; return w.loafs.map((x: any) => ({ ...x, at: Math.round(x.at - (w.clickAt ?? w.t0)) })) })) console.log(' ', n, JSON.stringify(l))
  await g.leave(); await g.page.context().close()
}
await b.close(); await d.end(); process.exit(0)
