// Measures what the map costs in software GL: node measure.mjs URL [PANS].
// Prints CPU-seconds of all processes of the browser until everything is drawn, and
// CPU-milliseconds for a pan by a quarter of the map's width.

import {readdirSync, readFileSync} from 'node:fs';
import {chromium} from 'playwright-core';

const [base, pans = '20'] = process.argv.slice(2);
const tick = 1 / 100; // seconds: USER_HZ of Linux

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});

/** CPU-seconds used so far by this process's children and theirs. */
function cpu() {
  const parent = new Map();
  const used = new Map();
  for (const pid of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
      parent.set(pid, fields[1]);
      used.set(pid, (Number(fields[11]) + Number(fields[12])) * tick);
    } catch {
      // ended meanwhile
    }
  }
  const ours = (pid) => (pid === String(process.pid) ? true : pid && pid !== '0' ? ours(parent.get(pid)) : false);
  return [...used].filter(([pid]) => pid !== String(process.pid) && ours(pid)).reduce((sum, [, s]) => sum + s, 0);
}

const drawn = (page) =>
  page.evaluate(() => new Promise((done) => {
    const {map} = document.getElementById('map');
    const check = () => (map.loaded() && map.areTilesLoaded() ? done() : map.once('idle', check));
    check();
    map.triggerRepaint();
  }));

for (const hash of ['', '#hide=relief', '#hide=relief&map=10/22.67/106.1', '#hide=relief&map=11.5/22.67/106.1']) {
  const page = await browser.newPage({viewport: {width: 1280, height: 800}});
  await page.goto('about:blank');
  await page.goto(base + hash); // once, so that the server has the tiles
  await page.waitForSelector('.villages tbody tr');
  await drawn(page);
  await page.goto('about:blank');
  const before = cpu();
  await page.goto(base + hash);
  await page.waitForSelector('.villages tbody tr');
  await drawn(page);
  const load = cpu() - before;
  const from = cpu();
  for (let i = 0; i < Number(pans); i++) {
    await page.evaluate((x) => document.getElementById('map').map.panBy([x, 0], {duration: 0}), i % 2 ? -205 : 205);
    await drawn(page);
  }
  console.log(`${hash || '(whole area, with relief)'}: ${load.toFixed(2)} CPU-s until drawn, ${((1000 * (cpu() - from)) / Number(pans)).toFixed(0)} CPU-ms a pan`);
  await page.close();
}
await browser.close();
