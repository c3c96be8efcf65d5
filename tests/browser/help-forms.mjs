// SPDX-License-Identifier: GPL-2.0-or-later
// Start page, lists, papers and forms of the help page, in every language, on a phone and on a desktop.
import { DESKTOP, PHONE, equal, fits, launch, main, ok, open, picture, place, violations } from "./lib.mjs";

const SAFE = `https://${place.name}`, PLAIN = `http://${place.help4}`;
const PAGES = ["/", "/topics", "/stopped", "/privacy", "/poster", "/contact", "/withdraw"];
const ZOOMED = { name: "zoom", viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 };
const ours = (url) => [place.help4, `[${place.help6}]`, place.name].includes(new URL(url).host);

// In `make check` each language meets one device; check-full has them all.
const VISITS = [["nb", PHONE], ["nn", DESKTOP], ["en", PHONE], ["se", PHONE], ["nb", DESKTOP], ["nn", PHONE], ["en", DESKTOP],
    ["se", DESKTOP]].slice(0, place.full ? 8 : 4);

async function look(page, here, bad) {
    for (const line of await violations(page)) bad.axe.push(`${here}: ${line}`);
    if (!(await fits(page))) bad.fits.push(here);
    const foreign = page.seen.requests.filter((url) => !ours(url));
    if (foreign.length) bad.requests.push(`${here}: ${foreign}`);
}

const named = (path) => (path === "/" ? "-start" : path.replace("/", "-"));
const problems = () => ({ axe: [], fits: [], requests: [], other: [] });

function tell(bad, what) {
    const none = (list, sentence) => ok(list.length === 0, sentence, list.join("\n"));
    none(bad.axe, `${what}: axe finds no violation of WCAG 2.1 AA`);
    none(bad.fits, `${what}: nothing sticks out sideways`);
    none(bad.requests, `${what}: nothing is asked of anybody else`);
    none(bad.other, `${what}: language, direction and main heading are right`);
}

async function every_page(browser) {
    const bad = problems();
    for (const [language, device] of VISITS) {
        const page = await open(browser, device);
        for (const origin of [PLAIN, SAFE]) {
            for (const path of PAGES) {
                if (origin === PLAIN && !["/", "/contact"].includes(path)) continue;
                const here = `${origin}${path} ${language} ${device.name}`;
                await page.goto(`${origin}${path}?lang=${language}`);
                await look(page, here, bad);
                const seen = await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir,
                    document.querySelectorAll("h1").length, document.querySelector("h1").textContent.trim() !== ""]);
                const wanted = [language, language === "se" ? "rtl" : "ltr", 1, true];
                if (JSON.stringify(seen) !== JSON.stringify(wanted)) bad.other.push(`${here}: ${seen}`);
                if (origin === SAFE) await picture(page, `forms${named(path)}-${language}-${device.name}`);
            }
        }
        await page.context().close();
    }
    tell(bad, `${VISITS.length} times ${PAGES.length} pages`);
}

// The way from the start page to each of the others is one tap.
async function ways(browser) {
    const page = await open(browser, PHONE);
    for (const path of ["/topics", "/stopped", "/privacy", "/poster"]) {
        await page.goto(`${PLAIN}/`);
        await page.locator(`footer a[href^="${path}"]`).click();
        ok(new URL(page.url()).pathname === path, `a tap at the foot of the start page leads to ${path}`, page.url());
    }
    await page.goto(`${PLAIN}/contact`);
    ok(await page.locator("form").count() === 0, "over HTTP there is no form");
    await page.locator("a.button").click();
    ok(page.url().startsWith(`${SAFE}/contact`), "but the way to the page's own name", page.url());
    ok(await page.locator("form").count() === 1, "where it is");
    await page.context().close();
}

async function asks(page, language, bad, here) {
    await page.goto(`${SAFE}/contact?lang=${language}`);
    await page.locator("#whom-nurse").check();
    await page.locator("#name").fill("zqkalle");
    await page.locator("#place").fill("biblioteket i storefri");
    await page.locator("#class").check();
    await page.locator("main form button").click();
    await look(page, here, bad);
    return (await page.locator(".receipt").textContent()).trim();
}

async function contact(browser) {
    const bad = problems(), receipts = [];
    for (const [language, device] of VISITS) {
        const page = await open(browser, device);
        const here = `${language} ${device.name}`;
        const receipt = await asks(page, language, bad, here);
        if (language === "nb") await picture(page, `forms-sent-${device.name}`);
        if (!/^[a-z]+( [a-z]+){3}$/.test(receipt)) bad.other.push(`${here}: ${receipt}`);
        if ((await page.content()).includes("zqkalle")) bad.other.push(`${here}: what was typed is repeated`);
        receipts.push(receipt);
        await page.locator('main a[href^="/withdraw"]').click();
        await page.locator("#receipt").fill(receipt.toUpperCase());
        await page.locator("main form button").click();
        await look(page, `${here} withdrawn`, bad);
        if (await page.locator("form").count() !== 0) bad.other.push(`${here}: not taken back`);
        await page.context().close();
    }
    tell(bad, "who asks for an adult gets a receipt, and takes it back with it");
    equal(new Set(receipts).size, receipts.length, "each receipt is another one");
}

async function unfinished(browser) {
    const page = await open(browser, PHONE, "nb", { javaScriptEnabled: false });
    await page.goto(`${SAFE}/contact`);
    await page.locator("main form").evaluate((form) => { form.noValidate = true; });
    await page.locator("main form button").click();
    const notice = page.locator(".notice");
    const told = await notice.isVisible() && (await notice.getAttribute("role")) === "alert";
    ok(told, "who chose nobody is told so, above the form");
    await page.locator("#whom-nurse").check();
    await page.locator("main form button").click();
    const said = await page.locator("main").textContent();
    ok(said.includes("Rom 112"), "with nothing to be found by, where the adult sits is there");
    await picture(page, "forms-nothing-phone");
    await page.context().close();
}

// Tab to each field, type, choose with the blank, send with Enter; without script.
async function keyboard_only(browser) {
    const page = await open(browser, DESKTOP, "nb", { javaScriptEnabled: false });
    await page.goto(`${SAFE}/contact`);
    const at = () => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);
    const shown = () => page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== "none");
    const seen = [], unseen = [];
    for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        const id = await at();
        seen.push(id);
        if (!(await shown())) unseen.push(id);
        if (id.startsWith("whom-") || id === "class") await page.keyboard.press("Space");
        if (id === "name") await page.keyboard.type("zqkalle");
        if (id === "place") await page.keyboard.type("Rom 7");
        if (id === "BUTTON") break;
    }
    ok(unseen.length === 0, "every field shows that the keyboard is at it", unseen.join("\n"));
    await page.keyboard.press("Enter");
    await page.locator(".receipt").waitFor({ timeout: 10_000 }).catch(() => null);
    ok(await page.locator(".receipt").count() === 1, "the form is filled in and sent with keys alone, without script",
        `${seen}\n${await page.locator("main").textContent()}`);
    await page.context().close();
}

// From a stop: open the fold, tap the button.
async function this_was_wrong(browser) {
    const bad = problems();
    for (const [language, device, script] of [["nb", PHONE, false], ["nn", DESKTOP, true], ["en", PHONE, true]]) {
        const page = await open(browser, device, language, { javaScriptEnabled: script });
        await page.goto(`http://${place.names.games ?? place.names.drugs}/`);
        ok(page.url().startsWith(`${SAFE}/?t=`), `${language}: a stop ends on the page's own name`, page.url());
        await page.locator('details:has(form[action^="/wrong"]) > summary').click();
        await page.locator('form[action^="/wrong"] button').click();
        page.seen.requests = page.seen.requests.filter((url) => ours(url));
        if (script) await look(page, language, bad); // without scripts axe would never come to its end
        if (await page.locator('main a[href^="/stopped"]').count() !== 1) bad.other.push(`${language}: ${page.url()}`);
        if (language === "nb") await picture(page, "forms-wrong-phone");
        await page.context().close();
    }
    tell(bad, "two taps say that it was wrong, with and without script");
}

// Written from the right: the way out stands left, the words begin at the right, and no text was forgotten.
async function from_the_right(browser) {
    const page = await open(browser, PHONE);
    await page.goto(`${SAFE}/?lang=se`);
    const leave = await page.locator("a.leave").boundingBox(), width = page.viewportSize().width;
    ok(leave.x < width / 3, "from the right: the way out is at the left", leave);
    const lines = await page.evaluate(() => [...document.querySelectorAll("h1, h2, summary, .lead")].map((e) => {
        const style = getComputedStyle(e);
        return { text: e.textContent.trim(), side: style.direction };
    }));
    const foreign = lines.filter((line) => line.side !== "rtl");
    ok(lines.length > 8 && foreign.length === 0, "every heading is set from the right", foreign);
    const bare = await page.evaluate(() =>
        [...document.querySelectorAll("h1, main > section > h2, summary, footer a, .leave, .skip")]
            .filter((e) => e.closest(".languages") === null).map((e) => e.textContent.trim())
            .filter((t) => !t.startsWith("⟦")));
    equal(bare, [], "and no text stands in the page that is not in the language's file");
    const start = await page.evaluate(() => {
        const box = document.querySelector(".danger").getBoundingClientRect();
        const style = getComputedStyle(document.querySelector(".danger"));
        const right = Number.parseFloat(style.borderRightWidth), left = Number.parseFloat(style.borderLeftWidth);
        return [box.right > window.innerWidth / 2, right > left];
    });
    equal(start, [true, true], "what stands at a line's beginning stands at the right");
    await page.context().close();
}

async function dark_and_paper(browser) {
    const bad = problems();
    for (const [path, device] of [["/", PHONE], ["/contact", PHONE], ["/privacy", DESKTOP], ["/stopped", PHONE]]) {
        const page = await open(browser, device, "nb", { colorScheme: "dark" });
        await page.goto(`${SAFE}${path}?lang=nb`);
        await look(page, `dark ${path}`, bad);
        const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        if (ground.match(/\d+/g).some((part) => Number(part) > 60)) bad.other.push(`${path}: ${ground}`);
        await picture(page, `forms-dark${named(path)}`);
        await page.context().close();
    }
    tell(bad, "in the dark");
    const page = await open(browser, DESKTOP);
    await page.emulateMedia({ media: "print" });
    for (const path of ["/", "/poster", "/privacy"]) {
        await page.goto(`${SAFE}${path}?lang=nb`);
        ok(!(await page.locator("a.leave").isVisible()), `on paper ${path} has no buttons of the screen`);
        await picture(page, `forms-print${named(path)}`);
    }
    await page.context().close();
}

// 1280 CSS pixels at 400 % are 320 (WCAG 2.1, 1.4.10).
async function zoomed(browser) {
    const page = await open(browser, ZOOMED);
    for (const path of PAGES) {
        await page.goto(`${SAFE}${path}?lang=nb`);
        ok(await fits(page), `at 400 % zoom nothing of ${path} has to be scrolled sideways`);
    }
    await page.goto(`${SAFE}/contact?lang=nb`);
    await picture(page, "forms-zoom-contact");
    await page.context().close();
}

async function summer(browser) {
    const bad = problems();
    for (const [language, device] of VISITS.slice(0, 3)) {
        const page = await open(browser, device);
        await page.goto(`${SAFE}/contact?lang=${language}`);
        await look(page, language, bad);
        const text = await page.locator("main").textContent();
        const away = await page.locator("form").count() === 0 && /august 2027/i.test(text);
        if (!away) bad.other.push(`${language}: ${text}`);
        if (await page.locator('a[href="tel:116111"]').count() === 0) bad.other.push(`${language}: nobody to call`);
        await picture(page, `forms-summer-${language}-${device.name}`);
        await page.goto(`${SAFE}/?lang=${language}`);
        await look(page, `${language} start`, bad);
        await page.context().close();
    }
    tell(bad, "in summer the form is away, and until when, and whom to call stands there");
}

const acts = place.phase === "summer" ? [summer]
    : [every_page, ways, contact, unfinished, keyboard_only, this_was_wrong, from_the_right, dark_and_paper, zoomed];
await main(async (plain) => {
    await plain.close();
    const browser = await launch({ args: [`--host-resolver-rules=MAP ${place.name} ${place.help4}`,
        `--ignore-certificate-errors-spki-list=${place.pin}`] });
    try {
        for (const act of acts) await act(browser);
    } finally {
        await browser.close();
    }
});
