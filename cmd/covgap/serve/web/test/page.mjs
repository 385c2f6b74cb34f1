// Uses the page as a person would, in Chromium: node page.mjs URL [FOLDER for screenshots].
// Prints a line for each thing that holds and exits with 1 when one does not.

import assert from 'node:assert/strict';
import {copyFileSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {AxeBuilder} from '@axe-core/playwright';
import {chromium} from 'playwright-core';
import {inflateSync} from 'node:zlib';

const [base, shots] = process.argv.slice(2);
const patienceMs = 60_000; // for a machine that does other things, too

// A machine whose only font has no letters at all (Chromium does not start without any):
// what is legible then is legible everywhere. empty.ttf has a blank and nothing else.
const bare = mkdtempSync(join(tmpdir(), 'covgap-page-'));
copyFileSync(new URL('empty.ttf', import.meta.url), join(bare, 'empty.ttf'));
writeFileSync(join(bare, 'fonts.conf'), `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${bare}</dir><cachedir>${bare}</cachedir></fontconfig>`);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  env: {...process.env, FONTCONFIG_FILE: join(bare, 'fonts.conf')},
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});
const context = await browser.newContext({viewport: {width: 1280, height: 800}, reducedMotion: 'reduce', locale: 'en-GB'});
context.setDefaultTimeout(patienceMs);
const foreign = [];
context.on('request', (r) => {
  const u = new URL(r.url());
  if (u.origin !== new URL(base).origin && !['data:', 'blob:'].includes(u.protocol)) foreign.push(r.url());
});

let failed = 0;
let page;
const complaints = [];

async function open(hash = '', size = {width: 1280, height: 800}) {
  await page?.close();
  page = await context.newPage();
  await page.setViewportSize(size);
  page.on('pageerror', (e) => complaints.push(e.message));
  page.on('console', (m) => m.type() === 'error' && !/409 \(Conflict\)/.test(m.text()) && complaints.push(m.text()));
  await page.goto(base + hash);
  await page.waitForSelector('.villages tbody tr', {state: 'attached'});
  await drawn();
}

/** Waits until the map has drawn all it has asked for. */
const drawn = () =>
  page.evaluate(() => new Promise((done) => {
    const {map} = document.getElementById('map');
    const check = () => (map.loaded() && map.areTilesLoaded() ? done() : map.once('idle', check));
    check();
    map.triggerRepaint();
  }));

async function check(what, test) {
  const began = Date.now();
  try {
    await test();
    console.log(`ok   ${what} (${Date.now() - began} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${what}\n     ${String(error.stack ?? error).replaceAll('\n', '\n     ')}`);
    await page.screenshot({path: join(shots ?? bare, `fail-${failed}.png`)}).catch(() => {});
  }
}

const hash = () => page.evaluate(() => new Promise((done) => setTimeout(() => done(decodeURIComponent(location.hash)), 300)));
const text = (selector) => page.locator(selector).first().innerText();

/** The pixels of a part of the page, as [red, green, blue] lists: a PNG's reader for what Chromium writes. */
async function pixels(clip) {
  const png = await page.screenshot({clip});
  let at = 8;
  let width = 0;
  let channels = 4;
  const parts = [];
  while (at < png.length) {
    const length = png.readUInt32BE(at);
    const kind = png.toString('latin1', at + 4, at + 8);
    if (kind === 'IHDR') {
      width = png.readUInt32BE(at + 8);
      channels = png[at + 17] === 6 ? 4 : 3;
    } else if (kind === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const out = [];
  let before = new Uint8Array(stride);
  for (let y = 0; y * (stride + 1) < raw.length; y++) {
    const filter = raw[y * (stride + 1)];
    const row = Uint8Array.from(raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    for (let i = 0; i < stride; i++) {
      const a = i >= channels ? row[i - channels] : 0;
      const b = before[i];
      const c = i >= channels ? before[i - channels] : 0;
      const p = a + b - c;
      const paeth = Math.abs(p - a) <= Math.abs(p - b) && Math.abs(p - a) <= Math.abs(p - c) ? a : Math.abs(p - b) <= Math.abs(p - c) ? b : c;
      row[i] += [0, a, b, (a + b) >> 1, paeth][filter];
    }
    for (let x = 0; x < width; x++) out.push([row[x * channels], row[x * channels + 1], row[x * channels + 2]]);
    before = row;
  }
  return out;
}

const differing = (a, b) => a.filter((p, i) => p.some((v, k) => Math.abs(v - b[i][k]) > 24)).length;
const mapBox = () => page.locator('#map').boundingBox();
const layer = (id, visible) => page.evaluate(([l, v]) => document.getElementById('map').map.setLayoutProperty(l, 'visibility', v ? 'visible' : 'none'), [id, visible]);

async function accessible(what) {
  await check(`axe finds nothing serious: ${what}`, async () => {
    const found = (await new AxeBuilder({page}).analyze()).violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
    assert.deepEqual(found.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(' ')}`), []);
  });
  if (shots) await page.screenshot({path: join(shots, `${what.replaceAll(' ', '-')}.png`)});
}

// Software GL starts without shading.
await open();

await check('the list shows the gaps, the one with most people first', async () => {
  const rows = await page.locator('.villages tbody tr').count();
  assert.ok(rows > 20, `${rows} rows`);
  const people = await page.locator('.villages tbody td:nth-child(2)').evaluateAll((cells) => cells.map((c) => Number(c.firstChild.textContent.replaceAll(/\D/g, ''))));
  assert.deepEqual(people, people.toSorted((a, b) => b - a));
});

await check('hexes are drawn', async () => {
  const box = await mapBox();
  const clip = {x: box.x + box.width * 0.35, y: box.y + box.height * 0.3, width: 220, height: 160};
  const whole = await pixels(clip);
  await layer('pictures', false);
  await drawn();
  const without = await pixels(clip);
  await layer('pictures', true);
  await drawn();
  const share = differing(whole, without) / whole.length;
  assert.ok(share > 0.5, `they colour ${Math.round(share * 100)} % of the map's middle`);
});

await check('Vietnamese names are written without any font of the system', async () => {
  await page.evaluate(() => document.getElementById('map').map.jumpTo({zoom: 10.4}));
  await drawn();
  const names = await page.evaluate(() => document.getElementById('map').map.queryRenderedFeatures({layers: ['commune-names', 'mark-names']}).map((f) => f.properties.commune ?? f.properties.name));
  assert.ok(names.some((n) => /[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđ]/i.test(n)), names.join(', '));
  const box = await mapBox();
  const clip = {x: box.x + 260, y: box.y + 60, width: box.width - 340, height: box.height - 160};
  const written = await pixels(clip);
  await layer('commune-names', false);
  await layer('mark-names', false);
  await drawn();
  const blank = await pixels(clip);
  await layer('commune-names', true);
  await layer('mark-names', true);
  const ink = differing(written, blank);
  assert.ok(ink > 40 * names.length * 0.3, `${ink} pixels of ink for ${names.length} names`);
  // Letters are drawn by the page's own font: wide ones are wider than narrow ones, which
  // boxes in place of missing letters are not.
  const widths = await page.evaluate(async () => {
    await document.fonts.ready;
    const c = document.createElement('canvas').getContext('2d');
    c.font = '20px "Be Vietnam Pro"';
    return ['ữ', 'ị', 'ộ', 'm'].map((s) => c.measureText(s).width);
  });
  assert.ok(new Set(widths).size === 4, `widths ${widths}`);
});

await check('the relief is drawn until it is switched off, and the address keeps that', async () => {
  const relief = () => page.evaluate(() => document.getElementById('map').map.getLayoutProperty('relief', 'visibility'));
  assert.equal(await relief(), 'visible');
  await open('#hide=relief');
  assert.equal(await relief(), 'none');
  await page.evaluate(() => document.getElementById('map').map.panBy([10, 0], {duration: 0}) && undefined);
  await page.waitForFunction(() => location.hash.includes('map='));
  assert.match(new URL(page.url()).hash, /hide=relief/);
});
await open();
await accessible('home');
await open();

await check('a click on a row asks why, marks the row and brings the village into view', async () => {
  const row = page.locator('.villages tbody tr').nth(2);
  const name = await row.locator('b').innerText();
  await row.click();
  await page.waitForSelector('.why .facts');
  assert.equal(await text('.why h2'), name);
  assert.equal(await row.getAttribute('aria-selected'), 'true');
  await drawn();
  const off = await page.evaluate(() => {
    const {map} = document.getElementById('map');
    const at = map.getSource('asked').serialize().data.features[0].geometry.coordinates;
    const p = map.project(at);
    return [p.x / map.getContainer().clientWidth, p.y / map.getContainer().clientHeight];
  });
  assert.ok(off.every((v) => v > 0.1 && v < 0.9), `it stands at ${off}`);
});

await check('arrow keys move through the list, Enter asks', async () => {
  await page.locator('.villages tbody tr').nth(2).focus();
  await page.keyboard.press('ArrowDown');
  const name = await page.evaluate(() => document.activeElement.querySelector('b').textContent);
  await page.keyboard.press('Enter');
  await page.waitForFunction((n) => document.querySelector('.why h2').textContent === n && document.querySelector('.why .facts'), name);
  assert.equal(await page.evaluate(() => document.querySelectorAll('.villages tbody tr[tabindex="0"]').length), 1);
});

await check('the answer names cause, masts and remedies, and draws the profile', async () => {
  await page.waitForSelector('.why svg.profile .ray');
  assert.ok((await page.locator('.why .masts tbody tr').count()) > 0);
  assert.ok((await text('.why .verdict')).length > 10);
  assert.ok((await page.locator('.why .remedies, .why .remedies li, .why section .quiet').count()) > 0);
  const d = await page.locator('.why .surface').getAttribute('d');
  assert.ok(d.split('L').length > 8, d);
});

await check('the profile’s cursor moves by pointer and keys, and shows on the map', async () => {
  const box = await page.locator('svg.profile').boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5);
  await page.waitForSelector('.profile-cursor');
  const first = await text('.readout');
  assert.match(first, /km: ground/);
  await page.mouse.move(10, 10);
  assert.equal(await page.locator('.profile-cursor').count(), 0);
  await page.locator('svg.profile').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await page.waitForSelector('.profile-cursor');
  assert.notEqual(await text('.readout'), first);
});
await accessible('why');

await check('a click on a mark of the map selects its row', async () => {
  await page.keyboard.press('Escape');
  await page.waitForSelector('.why', {state: 'hidden'});
  await page.evaluate(() => document.getElementById('map').map.jumpTo({zoom: 11}));
  await drawn();
  const mark = await page.evaluate(() => {
    const {map} = document.getElementById('map');
    const box = map.getContainer().getBoundingClientRect();
    for (const f of map.queryRenderedFeatures({layers: ['marks']})) {
      const p = map.project(f.geometry.coordinates);
      // Not under the buttons and the legend.
      if (p.x < 250 || p.x > box.width - 70 || p.y < 60 || p.y > box.height - 60) continue;
      if (map.queryRenderedFeatures([[p.x - 4, p.y - 4], [p.x + 4, p.y + 4]], {layers: ['marks', 'plan']}).length > 1) continue;
      return {id: f.properties.village_id, x: p.x + box.x, y: p.y + box.y};
    }
    return null;
  });
  assert.ok(mark, 'no mark stands alone in view');
  await page.mouse.click(mark.x, mark.y);
  await page.waitForFunction((id) => document.querySelector(`tr[data-id="${id}"]`)?.getAttribute('aria-selected') === 'true', mark.id);
  const row = await page.locator(`tr[data-id="${mark.id}"]`).boundingBox();
  const list = await page.locator('.list .scroll').boundingBox();
  assert.ok(row.y >= list.y - 1 && row.y + row.height <= list.y + list.height + 1, 'the row is scrolled into view');
});

await check('a click anywhere asks about that place', async () => {
  const place = await page.evaluate(async () => {
    const {map} = document.getElementById('map');
    const box = map.getContainer().getBoundingClientRect();
    const computed = async (at) => (await (await fetch(`api/hex?lon=${at.lng}&lat=${at.lat}`)).json()) !== null;
    for (let y = 120; y < box.height - 60; y += 13) {
      for (let x = 260; x < box.width - 70; x += 13) {
        const near = [[x - 8, y - 8], [x + 8, y + 8]];
        if (map.queryRenderedFeatures(near, {layers: ['marks', 'plan', 'sites']}).length === 0 && (await computed(map.unproject([x, y])))) return {x: x + box.x, y: y + box.y};
      }
    }
    return null;
  });
  await page.mouse.click(place.x, place.y);
  await page.waitForFunction(() => /[#&]at=/.test(location.hash) || /village=|site=/.test(location.hash));
  await page.waitForSelector('.why-body h3, .why-body .error');
  assert.equal(await page.locator('.why .error').count(), 0);
});

await check('the list is sorted and filtered, with and without accents', async () => {
  await page.keyboard.press('Escape');
  await page.locator('th button', {hasText: 'Village'}).click();
  const names = await page.locator('.villages tbody td:first-child b').allInnerTexts();
  assert.deepEqual(names, names.toSorted(new Intl.Collator('vi').compare));
  const wanted = names.find((n) => /[đĐ]/.test(n)) ?? names[0];
  const counts = [];
  for (const typed of [wanted, wanted.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/[đĐ]/g, 'd')]) {
    await page.fill('#filter-text', typed);
    await page.waitForFunction((n) => [...document.querySelectorAll('.villages tbody b')].length > 0 && [...document.querySelectorAll('.villages tbody b')].length < n, names.length);
    counts.push(await page.locator('.villages tbody b').allInnerTexts());
  }
  assert.ok(counts[0].includes(wanted) && counts[1].includes(wanted), JSON.stringify([wanted, counts]));
  await page.getByRole('button', {name: 'Clear filters'}).click();
  await page.locator('th button', {hasText: 'Commune'}).click();
  const communes = await page.locator('.villages tbody td:first-child small').allInnerTexts();
  assert.ok(new Set(communes).size > 1);
  assert.deepEqual(communes, communes.toSorted(new Intl.Collator('vi').compare));
  await page.locator('th button', {hasText: 'Declared'}).click();
  const declared = await page.locator('.villages tbody td:nth-child(5)').allInnerTexts();
  const from = declared.findIndex((d) => !/decl. no signal/.test(d));
  assert.ok(from !== 0 && (from < 0 ? [] : declared.slice(from)).every((d) => !/decl. no signal/.test(d)), JSON.stringify(declared.slice(0, 9)));
});

await check('the budget is dragged, and villages, people and the plan on the map follow', async () => {
  await page.locator('#tab-budget').click();
  const read = async () => ({figures: await page.locator('.figure b').allInnerTexts(), built: await page.evaluate(async () => (await document.getElementById('map').map.getSource('plan').getData()).features.filter((f) => f.properties.built).length)});
  const whole = await read();
  const box = await page.locator('.chart svg').boundingBox();
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.5);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.5, {steps: 6});
  await page.mouse.up();
  const part = await read();
  assert.ok(part.built > 0 && part.built < whole.built, `${part.built} of ${whole.built} actions`);
  assert.ok(part.figures.every((v, i) => v !== whole.figures[i]), JSON.stringify([whole.figures, part.figures]));
  await page.locator('#budget').focus();
  await page.keyboard.press('ArrowRight');
  assert.match(await text('.proof'), /Proven gap/);
  assert.match(await text('.proof'), /Best for this budget/);
});

await check('along the frontier, the map and the figures show the best plan for each budget', async () => {
  await page.locator('.lines input[value=best]').check();
  const drawn = () => page.evaluate(async () => (await document.getElementById('map').map.getSource('plan').getData()).features.filter((f) => f.properties.built).map((f) => f.geometry.coordinates.join(' ')).sort());
  const box = await page.locator('.chart svg').boundingBox();
  const seen = [];
  await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.5);
  await page.mouse.down();
  for (const share of [0.3, 0.6, 0.95]) {
    await page.mouse.move(box.x + box.width * share, box.y + box.height * 0.5, {steps: 3});
    seen.push({places: await drawn(), people: Number((await page.locator('.figure b').nth(2).innerText()).replaceAll(/\D/g, '')), proof: await text('.proof')});
  }
  await page.mouse.up();
  assert.ok(seen.every((p) => p.places.length > 0 && /Price of building/.test(p.proof) && /Proven/.test(p.proof)), JSON.stringify(seen));
  assert.ok(seen[0].people < seen[1].people && seen[1].people < seen[2].people, JSON.stringify(seen.map((p) => p.people)));
  assert.equal(await page.locator('.actions tbody tr').count(), seen[2].places.length);
  assert.match(await hash(), /along=best/);
  await page.locator('.lines input[value=order]').check();
});

await check('a plan for the budget is begun, and stopped', async () => {
  await page.click('#solve');
  await page.click('#stop-solving');
  await page.waitForFunction(() => /Stopped/.test(document.querySelector('.working').textContent));
});

await check('an action is made a must, and the address says so', async () => {
  const must = page.getByRole('button', {name: /^Must be built/}).first();
  await must.click();
  assert.equal(await page.getByRole('button', {name: /^Must be built/}).first().getAttribute('aria-pressed'), 'true');
  assert.match(await hash(), /must=/);
});
await accessible('budget');

await check('a mast is put by a click, and its difference shown', async () => {
  await page.keyboard.press('3');
  await page.click('#put-mast');
  const box = await mapBox();
  await page.mouse.click(box.x + box.width * 0.5, box.y + box.height * 0.5);
  await page.waitForSelector('#whatif-verdict');
  assert.match(await text('#whatif-verdict'), /villages gained/);
  const changed = await page.evaluate(async () => (await document.getElementById('map').map.getSource('diff').getData()).features.length);
  assert.ok(changed > 0, 'no hex changes');
  console.log(`     answered ${await text('.result h3 small')}`);
});

await check('the mast is dragged and raised, and that is undone', async () => {
  const place = () => text('.change .place');
  const before = await place();
  const marker = page.locator('.maplibregl-marker').first();
  const box = await marker.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 60, box.y + box.height / 2 + 20, {steps: 5});
  await page.mouse.up();
  await page.waitForFunction((was) => document.querySelector('.change .place').innerText !== was, before);
  await page.locator('.change input[type=number]').first().fill('45');
  await page.keyboard.press('Tab');
  await page.waitForSelector('#whatif-verdict');
  assert.match(await hash(), /"antenna_height_m":45/);
  await page.getByRole('button', {name: 'Undo'}).click();
  await page.getByRole('button', {name: 'Undo'}).click();
  assert.equal(await place(), before);
});

await check('the mast moves to the best point near', async () => {
  await page.getByRole('button', {name: /Best point/}).click();
  await page.waitForSelector('#snap-note:not(:empty), .result .error');
  assert.match(await text('#snap-note'), /people/);
  await page.waitForSelector('#whatif-verdict');
});

await accessible('what if');

await check('the changes are saved as a plan and compared with the run’s, by tables and swipe', async () => {
  await page.fill('.save input', 'page-test');
  const gained = Number(/villages gained: ([\d,]+)/.exec(await text('#whatif-verdict'))[1].replaceAll(',', ''));
  await page.click('.save button');
  const said = page.locator('.save [role=status]');
  const replace = said.getByRole('button', {name: 'Replace it'});
  await page.waitForFunction(() => /plans\/page-test.yaml|Replace it/.test(document.querySelector('.save [role=status]').textContent));
  if (await replace.count()) await replace.click(); // of a test before
  await page.waitForFunction(() => /Saved as plans\/page-test.yaml/.test(document.querySelector('.save [role=status]').textContent));
  // A plan of the name stays unless one says otherwise.
  await page.click('.save button[type=submit]');
  await replace.click();
  await page.waitForFunction(() => /Saved as plans\/page-test.yaml$/.test(document.querySelector('.save [role=status]').textContent));
  await page.keyboard.press('Escape');
  await page.locator('#tab-compare').click();
  await page.waitForSelector('#compare-files option', {state: 'attached'});
  const offered = await page.locator('#compare-files option').evaluateAll((all) => all.map((o) => o.value));
  assert.ok(offered.includes('out/plan.yaml') && offered.includes('plans/page-test.yaml') && offered.some((o) => /^\d{4}-\d{2}-\d{2}$/.test(o)), offered.join(' '));
  await page.locator('.pair input').nth(0).fill('out/plan.yaml');
  await page.locator('.pair input').nth(1).fill('plans/page-test.yaml');
  await page.click('#compare-go');
  await page.waitForSelector('.compare table, .compare .error');
  assert.equal(await page.locator('.compare .error').count(), 0, await page.locator('.compare').innerText());
  // What the mast costs and does by itself, not nothing.
  const totals = await page.locator('.compare table').first().locator('tbody tr').evaluateAll((trs) => trs.map((tr) => tr.cells[2].textContent));
  assert.equal(totals[0], '1');
  assert.ok(Number(totals[1].replaceAll(/\D/g, '')) > 1000, totals.join(' '));
  assert.equal(Number(totals[2]), gained, totals.join(' '));
  const left = () => page.evaluate(async () => (await document.getElementById('map').map.getSource('sides').getData()).features.length);
  await page.locator('.swipe').focus();
  const half = await left();
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight');
  assert.ok((await left()) > half, `${await left()} marks, ${half} with the handle in the middle`);
});
await check('two dates are compared: the villages whose class changed, and both states on the map', async () => {
  await page.locator('.pair input').nth(0).fill('2022-06-30');
  await page.locator('.pair input').nth(1).fill('2025-08-31');
  await page.click('#compare-go');
  await page.waitForSelector('.compare .changed, .compare .error', {timeout: 300_000});
  const rows = await page.locator('.changed tbody tr').evaluateAll((trs) => trs.map((tr) => [...tr.cells].slice(1, 3).map((c) => c.textContent)));
  assert.ok(rows.length > 0 && rows.every(([a, b]) => a !== b), JSON.stringify(rows.slice(0, 5)));
  const colours = () => page.evaluate(async () => {
    const count = {};
    for (const f of (await document.getElementById('map').map.getSource('sides').getData()).features) count[f.properties.colour] = (count[f.properties.colour] ?? 0) + 1;
    return JSON.stringify(count);
  });
  await page.locator('.swipe').focus();
  const to = async (key) => {
    for (let i = 0; i < 60; i++) await page.keyboard.press(key);
    return colours();
  };
  const before = await to('ArrowRight');
  assert.notEqual(await to('ArrowLeft'), before);
});
await accessible('compare');

await check('coordinates are found: decimal, DMS, VN-2000', async () => {
  // 105.390643 E 22.568024 N in EPSG:9210 is 462849.590 E, 2496603.199 N by PROJ (cs2cs EPSG:4326 EPSG:9210).
  const wanted = [105.390643, 22.568024];
  for (const typed of ['22.568024, 105.390643', '105.390643 22.568024', `22°34'04.886"N 105°23'26.315"E`, `22°34'04.886"B 105°23'26.315"Đ`, 'X=2496603.199 Y=462849.590', '462849.590, 2496603.199',
    '22,568024, 105,390643', '22,568024,105,390643', '22,568024 105,390643', '22,568024; 105,390643', 'X 2.496.603,199 Y 462.849,590', 'N\u00a02,496,603.2 E\u00a0462,849.6', '2.496.603 462.850']) {
    await page.fill('#search', typed);
    await page.keyboard.press('Enter');
    const found = /at=([\d.]+),([\d.]+)/.exec(await hash());
    assert.ok(found, `${typed}: ${await hash()}`);
    // A metre: the datum shift is good to less, and the last is in whole metres.
    assert.ok(Math.abs(found[1] - wanted[0]) < 1e-5 && Math.abs(found[2] - wanted[1]) < 1e-5, `${typed} is ${found[1]}, ${found[2]}`);
    await page.keyboard.press('Escape');
  }
});

await check('after a place was found keys are the page’s, and Escape leaves a field', async () => {
  await page.fill('#search', '22.568024, 105.390643');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /at=105/.test(location.hash));
  await page.keyboard.press('2');
  assert.equal(await page.inputValue('#search'), '22.568024, 105.390643');
  assert.match(await hash(), /tab=budget.*at=105|at=105.*tab=budget/);
  await page.locator('#search').focus();
  await page.keyboard.press('Escape');
  assert.notEqual(await page.evaluate(() => document.activeElement.id), 'search');
  assert.match(await hash(), /at=105/);
  await page.keyboard.press('Escape');
  assert.doesNotMatch(await hash(), /at=/);
});

await check('the language is switched', async () => {
  await page.click('#language');
  await page.waitForFunction(() => document.documentElement.lang === 'vi');
  assert.equal(await text('#tab-villages'), 'Thôn');
  assert.match(await hash(), /lang=vi/);
  await drawn();
});

await check('the coordinates that the page prints in Vietnamese can be pasted', async () => {
  await page.fill('#search', '22,568024, 105,390643');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /^\d+,\d+, \d+,\d+/.test(document.querySelector('.why header p')?.textContent ?? ''));
  const printed = await text('.why header p');
  const [, lat, lon] = /^(\d+,\d+), (\d+,\d+)/.exec(printed).map((v) => Number(v.replace(',', '.')));
  await page.keyboard.press('Escape');
  for (const typed of [printed, printed.split(' · ')[0]]) {
    await page.fill('#search', typed);
    await page.keyboard.press('Enter');
    const found = /at=([\d.]+),([\d.]+)/.exec(await hash());
    assert.ok(found && Number(found[1]) === lon && Number(found[2]) === lat, `${typed}: ${await hash()}`);
    await page.keyboard.press('Escape');
  }
});

await check('in Vietnamese no word of the list is broken, and a row of the budget has its cost on one line', async () => {
  await page.click('#tab-villages');
  const broken = await page.locator('.villages tbody td:nth-child(4)').evaluateAll((cells) => cells.filter((c) => {
    const text = document.createRange();
    text.selectNodeContents(c);
    return text.getClientRects().length > 1 || c.scrollWidth > c.clientWidth;
  }).length);
  assert.equal(broken, 0);
  await page.click('#tab-budget');
  const lines = await page.locator('.actions tbody td:nth-child(3)').evaluateAll((cells) => Math.max(...cells.map((c) => {
    const text = document.createRange();
    text.selectNodeContents(c);
    return text.getClientRects().length;
  })));
  assert.equal(lines, 1);
});

await check('the address brings everything back', async () => {
  await page.click('#tab-villages');
  await page.locator('.villages tbody tr').nth(4).click();
  await page.evaluate(() => document.getElementById('map').map.jumpTo({center: [106.1, 22.6], zoom: 10.25}));
  const address = await hash();
  const before = {asked: await text('.why h2'), lang: await page.evaluate(() => document.documentElement.lang), rows: await page.locator('.villages tbody tr').count()};
  await open(address);
  await page.waitForSelector('.why h2');
  assert.deepEqual({asked: await text('.why h2'), lang: await page.evaluate(() => document.documentElement.lang), rows: await page.locator('.villages tbody tr').count()}, before);
  const view = await page.evaluate(() => [document.getElementById('map').map.getZoom(), document.getElementById('map').map.getCenter().lng]);
  assert.ok(Math.abs(view[0] - 10.25) < 0.01 && Math.abs(view[1] - 106.1) < 0.001, `zoom ${view[0]} at ${view[1]}`);
});
await accessible('vietnamese');

await check('layers: level colours, opacity, help by keyboard', async () => {
  await page.keyboard.press('l');
  await page.locator('#layers select').last().selectOption('level');
  await page.locator('#layers input[type=checkbox]').first().press('Space');
  await page.locator('#layers input[type=checkbox]').first().press('Space');
  assert.match(await text('.legend'), /dBm/);
  assert.match(await hash(), /colour=level/);
  await accessible('layers');
  await page.keyboard.press('Escape');
  await page.locator('body').press('?');
  await page.waitForSelector('dialog[open] kbd');
  await accessible('help');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog[open]', {state: 'detached'}).catch(() => {});
});

await check('a newer run is said', async () => {
  assert.equal(await text('#newer'), '');
  await page.route('**/api/state', async (r) => r.fulfill({json: {...(await (await r.fetch()).json()), results: 'replaced'}}));
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.waitForFunction(() => document.getElementById('newer').textContent !== '');
  await page.unroute('**/api/state');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.waitForFunction(() => document.getElementById('newer').textContent === '');
});

await check('paper has the map first, no blank, and every row', async () => {
  await page.click('#tab-villages');
  const rows = await page.locator('.villages tbody tr').count();
  const wanted = Number(/^[\d.]+/.exec(await text('.count'))[0].replaceAll('.', ''));
  await page.emulateMedia({media: 'print'});
  // As the browser's own command does, with or without the button.
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.locator('.villages tbody tr').count(), wanted);
  assert.ok(wanted > rows || wanted < 61, `${rows} rows before, ${wanted} villages`);
  const top = async (selector) => (await page.locator(selector).boundingBox()).y;
  assert.ok((await top('.map-frame')) < (await top('.villages')));
  const colours = await page.evaluate(() => {
    const c = Object.assign(document.createElement('canvas'), {width: 60, height: 40}).getContext('2d');
    c.drawImage(document.querySelector('.print-map'), 0, 0, 60, 40);
    const d = c.getImageData(0, 0, 60, 40).data;
    return new Set(Array.from({length: 2400}, (_, i) => (d[4 * i] << 16) | (d[4 * i + 1] << 8) | d[4 * i + 2])).size;
  });
  assert.ok(colours > 50, `${colours} colours`);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await page.emulateMedia({media: null});
  assert.equal(await page.locator('.villages tbody tr').count(), rows);
  assert.equal(await page.locator('.print-map').count(), 0);
  await page.evaluate(() => (window.print = () => (window.printed = true)));
  await page.click('#print');
  assert.ok(await page.evaluate(() => window.printed));
});

await open('', {width: 390, height: 844});
await accessible('phone');
await check('on a phone, nothing is wider than the screen, and a row opens the answer', async () => {
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  await page.locator('.villages tbody tr').first().click();
  await page.waitForSelector('.why .facts');
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
});
await accessible('phone why');
await check('on a phone a tab, a key, or a remedy opens what it names, and not under the answer', async () => {
  const open = (id) => page.waitForFunction((panel) => {
    const box = document.getElementById(panel).getBoundingClientRect();
    return document.getElementById(panel).contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
  }, `panel-${id}`);
  const ask = async () => {
    await page.keyboard.press('1');
    await page.locator('.villages tbody tr').first().click();
    await page.waitForSelector('.why .remedies li');
  };
  await page.click('#tab-budget');
  await open('budget');
  for (const [key, tab] of [['2', 'budget'], ['3', 'whatif'], ['4', 'compare'], ['n', 'whatif']]) {
    await ask();
    await page.keyboard.press(key);
    await open(tab);
  }
  await ask();
  await page.click('#tab-villages'); // the tab that is open, under the answer
  await open('villages');
  await ask();
  await page.locator('.why .remedies button').first().click();
  await open('whatif');
  await page.waitForSelector('#whatif-verdict, .result .error');
  assert.ok(await page.locator('#print').isVisible());
});

await check('nothing was asked of any other machine', () => assert.deepEqual(foreign, []));
await check('the page did not complain', () => assert.deepEqual(complaints, []));

await browser.close();
console.log(failed ? `${failed} failed` : 'all hold');
process.exit(failed ? 1 : 0);
