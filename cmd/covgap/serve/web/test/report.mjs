// Opens a report from its file in Chromium: node report.mjs REPORT.html FOLDER (for the PDF).
// Prints a line for each thing that holds and exits with 1 when one does not.

import assert from 'node:assert/strict';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {AxeBuilder} from '@axe-core/playwright';
import {chromium} from 'playwright-core';

const [file, folder] = process.argv.slice(2);
const patienceMs = 90_000; // for a machine that does other things, too

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});
const context = await browser.newContext({viewport: {width: 1280, height: 800}, reducedMotion: 'reduce'});
context.setDefaultTimeout(patienceMs);
const page = await context.newPage();
const asked = [];
const complaints = [];
page.on('request', (r) => /^(data|blob):/.test(r.url()) || asked.push(r.url()));
page.on('pageerror', (e) => complaints.push(e.message));
page.on('console', (m) => m.type() === 'error' && complaints.push(m.text()));

let failed = 0;
async function check(what, test) {
  try {
    await test();
    console.log(`ok   ${what}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${what}\n     ${String(error.stack ?? error).replaceAll('\n', '\n     ')}`);
  }
}

const url = pathToFileURL(file).href;
await page.goto(url);
await check('the map is drawn', () => page.waitForFunction(() => document.documentElement.dataset.map === 'drawn'));

await check('the picture of the map shows served and unserved hexes, relief and marks', async () => {
  const found = await page.evaluate(async () => {
    const img = document.querySelector('.map-picture');
    await img.decode();
    const canvas = Object.assign(document.createElement('canvas'), {width: img.naturalWidth, height: img.naturalHeight});
    const ink = canvas.getContext('2d');
    ink.drawImage(img, 0, 0);
    const {data} = ink.getImageData(0, 0, canvas.width, canvas.height);
    const count = {blue: 0, purple: 0, grey: 0, green: 0};
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
      if (b > r + 40 && b > g + 15 && g > r) count.blue++;
      else if (r > g + 25 && b > g + 25) count.purple++;
      else if (Math.abs(r - g) < 6 && Math.abs(g - b) < 6) count.grey++;
      else if (g > r + 60 && g > b) count.green++;
    }
    const all = data.length / 4;
    return Object.fromEntries(Object.entries(count).map(([k, v]) => [k, v / all]));
  });
  console.log('     ' + JSON.stringify(found));
  // Of the sample province: most is served, some is not, a frame of relief around it.
  assert(found.blue > 0.2 && found.purple > 0.005 && found.grey > 0.1 && found.green > 0.0005);
});

await check('a village of the table is shown on the map, and leads back', async () => {
  const link = page.locator('#gaps a[data-village]').first();
  const name = await link.innerText();
  await link.focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction((n) => document.querySelector('.said').textContent.includes(n), name);
  await page.locator('.said a').click();
  assert.match(page.url(), /#village-/);
});

await check('a layer can be switched off by keyboard', async () => {
  const box = page.locator('.layers input').first();
  const before = await page.locator('.map-picture').getAttribute('src');
  await box.focus();
  await page.keyboard.press('Space');
  await page.waitForFunction((b) => document.querySelector('.map-picture').getAttribute('src') !== b, before);
  await page.keyboard.press('Space');
});

await check('no serious violation by axe', async () => {
  const {violations} = await new AxeBuilder({page}).analyze();
  const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
  assert.deepEqual(serious.map((v) => `${v.id}: ${v.nodes.length} × ${v.nodes[0].html.slice(0, 200)}`), []);
});

for (const [width, height] of [[1280, 800], [390, 844]]) {
  await check(`nothing stands out at ${width} pixels`, async () => {
    await page.setViewportSize({width, height});
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
  });
}
await page.setViewportSize({width: 1280, height: 800});

for (const format of ['A4', 'A3']) {
  await check(`prints on ${format}`, async () => {
    const pdf = await page.pdf({path: join(folder, `${format}.pdf`), format});
    const text = pdf.toString('latin1');
    const pages = (text.match(/\/Type\s*\/Page\b/g) ?? []).length;
    const pictures = [...text.matchAll(/\/Subtype\s*\/Image\s*\/Width (\d+)\s*\/Height (\d+)/g)].map((m) => m[1] * m[2]);
    console.log(`     ${pages} pages, ${pdf.length >> 10} kB, largest picture ${Math.max(0, ...pictures)} pixels`);
    assert(pages >= 5 && pages < 80, 'pages');
    // The map's picture is as large as the canvas.
    assert(pictures.some((n) => n > 300_000), 'the map is missing');
  });
}

await check('without its script, as before the live map is drawn, a picture of the map is seen and printed', async () => {
  const still = await browser.newContext({viewport: {width: 1280, height: 800}, javaScriptEnabled: false});
  const reader = await still.newPage();
  await reader.goto(url);
  const box = await reader.locator('.map-picture').boundingBox();
  assert(box.width > 900 && box.height > 400, `${box.width} × ${box.height}`);
  const text = (await reader.pdf({format: 'A4'})).toString('latin1');
  const pictures = [...text.matchAll(/\/Subtype\s*\/Image\s*\/Width (\d+)\s*\/Height (\d+)/g)].map((m) => m[1] * m[2]);
  assert(pictures.some((n) => n > 300_000), 'the map is missing');
  await still.close();
});

await check('nothing was asked for but the file', () => assert.deepEqual(asked.filter((u) => u.split('#')[0] !== url), []));
await check('no complaint', () => assert.deepEqual(complaints, []));
await browser.close();
process.exit(failed ? 1 : 0);
