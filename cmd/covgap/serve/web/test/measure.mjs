// Measures what the map costs in software GL: node measure.mjs URL [PANS].
// Prints CPU-seconds of all processes of the browser until everything is drawn, and
// CPU-milliseconds for a pan by a quarter of the map's width until that is drawn: over
// ground that was seen, and the first there and back, for which tiles are loaded.

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

/** Moves the map sideways and waits until that is drawn. Nothing is given back: playwright would serialise the whole map, at several times the cost of a pan. */
const pan = (page, x) =>
  page.evaluate((by) => new Promise((done) => {
    const {map} = document.getElementById('map');
    map.once('idle', () => done());
    map.panBy([by, 0], {duration: 0});
  }), x);

for (const hash of ['', '#hide=relief', '#map=10/22.67/106.1', '#map=11.5/22.67/106.1']) {
  const page = await browser.newPage({viewport: {width: 1280, height: 800}});
  await page.goto(base + hash); // once, so that the server has the tiles
  await page.waitForSelector('.villages tbody tr');
  await drawn(page);
  await page.goto('about:blank');
  let from = cpu();
  const spent = () => cpu() - from;
  await page.goto(base + hash);
  await page.waitForSelector('.villages tbody tr');
  await drawn(page);
  const load = spent();
  from = cpu();
  await pan(page, 205);
  await pan(page, -205);
  const first = (1000 * spent()) / 2;
  from = cpu();
  for (let i = 0; i < Number(pans); i++) await pan(page, i % 2 ? -205 : 205);
  const again = (1000 * spent()) / Number(pans);
  console.log(`${hash || '(whole area)'}: ${load.toFixed(2)} CPU-s until drawn, ${again.toFixed(0)} CPU-ms a pan, ${first.toFixed(0)} the first time`);
  await page.close();
}
await browser.close();
