// SPDX-License-Identifier: GPL-2.0-or-later
// A pupil meets a stop. Whatever the category, language and device: the page comes, is calm, whole, reachable, and says
// nothing of what was asked for.
import { DESKTOP, PHONE, equal, fits, main, ok, open, picture, place, violations } from "./lib.mjs";

const LANGUAGES = ["nb", "nn", "en"];
const PAGE_BYTES = 50_000;
const ours = (url) => [place.help4, `[${place.help6}]`].includes(new URL(url).host);

// In `make check` each category meets one language and one device, in turn; check-full has them all.
function* visits() {
    const all = Object.entries(place.names);
    for (const [i, [category, name]] of all.entries())
        for (const [l, language] of LANGUAGES.entries())
            for (const [d, device] of [PHONE, DESKTOP].entries())
                if (place.full || (i % LANGUAGES.length === l && (i >> 1) % 2 === d))
                    yield { category, name, language, device };
}

async function every_category(browser) {
    const bad = { landed: [], words: [], requests: [], bytes: [], axe: [], fits: [], told: [] };
    const titles = new Set(), paths = new Set();
    let count = 0, largest = 0;
    for (const { category, name, language, device } of visits()) {
        const page = await open(browser, device, language);
        const here = `${category} ${language} ${device.name}`;
        await page.goto(`http://${name}/film?q=hemmelig+ord`);
        if (!ours(page.url())) bad.landed.push(`${here}: ${page.url()}`);
        const said = `${await page.content()} ${page.url()}`;
        if ([name, "hemmelig", "film"].some((word) => said.includes(word))) bad.told.push(here);
        if (page.url().includes(category)) bad.told.push(`${here}: address`);
        if ((await page.getAttribute("html", "lang")) !== language) bad.words.push(here);
        const foreign = page.seen.requests.filter((url) => !ours(url) && new URL(url).hostname !== name);
        if (foreign.length) bad.requests.push(`${here}: ${foreign}`);
        if (page.seen.bytes > PAGE_BYTES) bad.bytes.push(`${here}: ${page.seen.bytes}`);
        largest = Math.max(largest, page.seen.bytes);
        if (!(await fits(page))) bad.fits.push(here);
        for (const line of await violations(page)) bad.axe.push(`${here}: ${line}`);
        titles.add(`${language} ${await page.title()}`);
        paths.add(new URL(page.url()).pathname);
        if (category === "suicide" || category === "self-harm" || category === "malware" || category === "abuse-material")
            await picture(page, `help-${category}-${language}-${device.name}`);
        await page.context().close();
        count++;
    }
    const none = (list, sentence) => ok(list.length === 0, sentence, list.join("\n"));
    none(bad.landed, `${count} stops in ${Object.keys(place.names).length} categories end on the help page`);
    none(bad.words, "in the language that the browser asks for");
    none(bad.told, "page and address repeat nothing of what was asked for, nor the category");
    none(bad.requests, "nothing is asked of anybody else");
    none(bad.bytes, `each is at most ${PAGE_BYTES} bytes in all (the largest has ${largest})`);
    none(bad.fits, "nothing sticks out sideways");
    none(bad.axe, "axe finds no violation of WCAG 2.1 AA");
    ok(titles.size <= LANGUAGES.length && paths.size === 1, "one title a language and one form of address for all of them",
        [...titles, ...paths].join("\n"));
}

async function without_script(browser) {
    const page = await open(browser, PHONE, "nb", { javaScriptEnabled: false });
    await page.goto(`http://${place.names.suicide}/`);
    ok(ours(page.url()), "without script the page comes as well");
    const ways = await page.locator('a[href^="tel:"], a[href^="sms:"], a[href^="https:"]').count();
    ok(ways >= 4, "with numbers and places to go", ways);
    await page.locator("summary").first().click();
    ok(await page.locator("details[open]").count() > 0, "and what is folded opens");
    await page.context().close();
}

// 1280 CSS pixels at 400 % are 320 (WCAG 2.1, 1.4.10).
async function zoomed(browser) {
    const page = await open(browser, { name: "zoom", viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 });
    await page.goto(`http://${place.names.suicide}/`);
    ok(await fits(page), "at 400 % zoom nothing has to be scrolled sideways");
    await picture(page, "help-zoom-400", false);
    await page.context().close();
}

async function keyboard_only(browser) {
    const page = await open(browser, DESKTOP);
    await page.goto(`http://${place.names.suicide}/`);
    const wanted = await page.locator("a[href]:visible, summary:visible, button:visible").count();
    const seen = [], hidden = [];
    for (let i = 0; i < wanted + 5; i++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
            const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
            const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
            const is = e === document.body ? "" : `${e.tagName} ${e.textContent.trim()} ${e.getAttribute("href")}`;
            return { is, shown, on: box.width > 0 };
        });
        if (at.is === "") break;
        if (!at.shown || !at.on) hidden.push(at.is);
        seen.push(at.is);
    }
    ok(new Set(seen).size >= wanted - 2, `the keyboard reaches all ${wanted} places`, seen.join("\n"));
    ok(hidden.length === 0, "and shows where it is", hidden.join("\n"));
    await page.context().close();
}

// The first thing on the screen tells a neighbour nothing.
async function a_glance(browser) {
    const glances = [];
    for (const category of ["suicide", "eating-disorder", "bullying"]) {
        const page = await open(browser, PHONE);
        await page.goto(`http://${place.names[category]}/`);
        glances.push(await page.evaluate(() => [document.title, document.querySelector("h1").textContent.trim(),
            getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector("h1")).color]));
        await page.context().close();
    }
    equal(glances.slice(1), [glances[0], glances[0]], "title, heading and colours are the same for every category");
}

// DNS was gone round: the request meets the engine, not the resolver.
async function stopped_over_http() {
    const { launch } = await import("./lib.mjs");
    const name = place.names.suicide;
    const browser = await launch({ args: [`--host-resolver-rules=MAP ${name} ${place.web4}`] });
    const page = await open(browser, PHONE);
    await page.goto(`http://${name}/film`).catch(() => null);
    ok(ours(page.url()), "a stop of the HTTP request itself ends on the page", page.url());
    await browser.close();
}

async function leaving(browser) {
    const page = await open(browser, PHONE);
    await page.goto(`http://${place.passing}/small`);
    await page.goto(`http://${place.names.suicide}/`);
    ok(ours(page.url()), "before leaving, the pupil is on the page");
    const leave = page.locator("a.leave");
    ok(await leave.isVisible(), "the way out is in sight");
    await leave.click();
    await page.waitForURL((url) => !ours(url.href), { timeout: 10_000, waitUntil: "commit" }).catch(() => null);
    await page.goBack({ waitUntil: "commit" }).catch(() => null);
    ok(!ours(page.url()), "with script the history holds no help page afterwards", page.url());
    await page.context().close();
}

await main(async (browser) => {
    await every_category(browser);
    await without_script(browser);
    await zoomed(browser);
    await keyboard_only(browser);
    await a_glance(browser);
    await stopped_over_http();
    await leaving(browser);
});
